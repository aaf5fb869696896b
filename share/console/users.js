// The people of the station: who they are, what they may do, and where they are signed in.

import { api } from './api.js'
import { Page, ask, box, button, card, el, fill, form, input, items, link, quiet, row, select, setText,
  table } from './dom.js'
import { newKey } from './outbox.js'
import { learn, stationChoices, stationName, stations } from './people.js'
import { go } from './route.js'
import { myID } from './session.js'
import { toast } from './shell.js'
import { bothTimes, languages, t } from './text.js'

const shownMax = 500
let users = []

export class UsersView extends Page {
  constructor() {
    super(t('p_users'), link('#/users/new', t('addUser'), { class: 'button primary' }))
    this.search = input({
      type: 'search', 'aria-label': t('searchUsers'), placeholder: t('searchUsers'), oninput: () => this.show(),
    })
    this.list = el('div')
    this.body.append(this.search, this.list)
    this.on('names', () => this.show())
  }

  async load() {
    this.show()
    users = (await api('GET', '/users')).data
    this.show()
  }

  show() {
    const wanted = this.search.value.toLowerCase()
    const found = users.filter((each) =>
      [each.username, each.email, each.phone, t(each.role)].join(' ').toLowerCase().includes(wanted))
    fill(this.list, [found, stations], () => [table(t('userCount', { count: found.length }),
      ['name', 'email', 'phone', 'role', 'state'].map((each) => t(each)), found.slice(0, shownMax).map((each) => [
        link('#/users/' + each.user_id, each.username, { 'data-key': 'user ' + each.user_id }), each.email, each.phone,
        t(each.role) + (each.station_id ? `, ${stationName(each.station_id)}` : ''),
          t(each.active ? 'isActive' : 'isDisabled'),
      ])), found.length > shownMax && quiet(t('searchForMore'))])
  }
}

export class UserView extends Page {
  constructor(id) {
    super(t(id === 'new' ? 'addUser' : 'user'))
    this.path = '/users/' + id
    this.isNew = id === 'new'
    this.element.prepend(link('#/users', t('back'), { class: 'button back always' }))
    this.place = el('div')
    this.sessions = el('div')
    this.body.append(this.place, this.sessions)
    this.on('names', () => this.isNew && this.edit({ role: 'driver', active: true }))
  }

  async load() {
    if (this.isNew) return this.edit({ role: 'driver', active: true })
    const { data, fields } = await api('GET', this.path)
    this.tag = fields.get('ETag')
    setText(this.heading, data.username)
    this.edit(data)
    const sessions = (await api('GET', this.path + '/sessions')).data.flatMap((each) => each.sockets)
    fill(this.sessions, sessions, () => [card(el('h2', t('sessions')), el('ul.entries', ...items(sessions,
      (each) => [each.protocol,
      ' · ', bothTimes(each.connected_at), each.viewing && ` · ${t('looksAt', { number: '#' + each.viewing })}`],
        t('notConnected'))),
    row(button(t('signOutEverywhere'), () => this.sure('signOutEverywhere', 'signOutUserText', data, 'POST', '/logout'),
      { class: 'danger' })))])
  }

  edit(user) {
    fill(this.place, [user, stations], () => [this.form(user)])
  }

  form(user) {
    const isMe = user.user_id === myID()
    const roles = ['driver', 'station_staff', 'admin'].map((each) => [each, t(each)])
    const station = select(stationChoices(t('choose')), user.station_id)
    const role = select(roles, user.role, { onchange: () => follow() })
    const element = form({
      username: [t('name'), input({ required: true, maxlength: 100, value: user.username })],
      email: [t('email'), input({ type: 'email', required: true, maxlength: 254, value: user.email })],
      phone: [t('phone'), input({ type: 'tel', maxlength: 32, value: user.phone })],
      role: [t('role'), role], station_id: [t('worksAt'), station],
      language: [t('languageOfNews'), select([['', t('noLanguage')], ...Object.entries(languages)], user.language)],
      password: [t(this.isNew ? 'password' : 'newPasswordOf'), input({
        type: 'password', autocomplete: 'new-password', minlength: 8, maxlength: 128, required: this.isNew,
      }), t('passwordHint')],
      active: [t('mayLogIn'), box(user.active, { disabled: isMe })],
    }, t('save'), async (values) => {
      if (values.role !== 'station_staff') values.station_id = null
      // Only what was changed is sent; an empty password is none.
      const isChange = ([name, value]) => value !== (user[name] ?? null) && !(value === null && (this.isNew
        || name === 'password'))
      const body = Object.fromEntries(Object.entries(values).filter(isChange))
      if (this.isNew) body.role = values.role
      const { data } = await (this.isNew ? api('POST', '/users', body, { 'Idempotency-Key': newKey() })
        : api('PATCH', this.path, body, { 'If-Match': this.tag }))
      learn(data)
      toast(t('kept', { name: data.username }))
      go('#/users')
    }, !this.isNew && !isMe && button(t('deleteUser'), () => this.sure('deleteUser', 'deleteUserText', user, 'DELETE',
      ''),
      { class: 'danger' }))
    const follow = () => {
      station.parentElement.hidden = role.value !== 'station_staff'
      station.required = !station.parentElement.hidden
    }
    follow()
    return element
  }

  async sure(title, text, { username: name }, method, path) {
    if (!await ask(t(title), t(text, { name }), t(title))) return
    await this.act(async () => {
      await api(method, this.path + path)
      toast(t('done'))
      if (method === 'DELETE') go('#/users')
      else await this.load()
    })
  }
}
