// The people of the station: who they are, what they may do, and where they are signed in.

import { all, api } from './api.js'
import { on } from './bus.js'
import { ask, attempt, button, card, check, el, fault, field, fill, heading, link, options, primary, quiet, row, setText,
  submit } from './dom.js'
import { newKey } from './outbox.js'
import { learn, stationName, stations } from './people.js'
import { go, view } from './route.js'
import { myID } from './session.js'
import { toast } from './shell.js'
import { narrow, table } from './table.js'
import { bothTimes, languages, t, word } from './text.js'

const roles = ['driver', 'station_staff', 'admin']
let users = []

export class UsersView {
  constructor() {
    this.heading = heading(t('users'))
    this.fault = fault()
    this.wanted = ''
    this.list = el('div')
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      link('#/users/new', t('addUser'), { class: 'button primary' })), this.fault,
    narrow(t('searchUsers'), (text) => {
      this.wanted = text.toLowerCase()
      this.show()
    }), this.list)
    this.off = on('names', () => this.show())
  }

  close() {
    this.off()
  }

  async refresh() {
    this.show()
    try {
      users = await all('/users')
      this.show()
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show() {
    const shown = users.filter((each) =>
      [each.username, each.email, each.phone, word(each.role)].join(' ').toLowerCase().includes(this.wanted))
    const most = shown.slice(0, 500)
    fill(this.list, [most, stations, shown.length], () => [
      table(t('userCount', { count: shown.length }), [t('name'), t('email'), t('phone'), t('role'), t('state')],
        most.map((each) => [
          link('#/users/' + each.user_id, each.username, { 'data-key': 'user ' + each.user_id }), each.email, each.phone,
          word(each.role) + (each.station_id ? `, ${stationName(each.station_id)}` : ''),
          each.active ? t('isActive') : t('isDisabled'),
        ])), most.length < shown.length ? quiet(t('searchForMore')) : null])
  }
}

export class UserView {
  constructor(id) {
    this.id = id
    this.heading = heading(id === 'new' ? t('addUser') : t('user'))
    this.fault = fault()
    this.place = el('div')
    this.sessions = el('div')
    this.element = el('div', null, link('#/users', t('backToUsers'), { class: 'button back always' }), this.heading,
      this.fault, this.place, this.sessions)
    if (id === 'new') this.show({ role: 'driver', active: true })
  }

  async refresh() {
    if (this.id === 'new') return
    try {
      const { data, fields } = await api('GET', '/users/' + this.id)
      this.tag = fields.get('ETag')
      setText(this.heading, data.username)
      fill(this.place, data, () => [this.form(data)])
      await this.showSessions(data)
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  show(user) {
    this.place.replaceChildren(this.form(user))
  }

  form(user) {
    const isNew = this.id === 'new'
    const input = (attributes) => el('input', { autocomplete: 'off', ...attributes })
    const name = input({ required: true, maxlength: 100, value: user.username })
    const email = input({ type: 'email', required: true, maxlength: 254, value: user.email })
    const phone = input({ type: 'tel', maxlength: 32, value: user.phone })
    const role = el('select', null, ...options(roles.map((each) => [each, word(each)]), user.role))
    const station = el('select', { required: true }, ...options([['', t('choose')],
      ...stations.map((each) => [each.station_id, each.name])], user.station_id))
    const spoken = el('select', null, ...options([['', t('noLanguage')], ...Object.entries(languages)], user.language))
    const password = input({
      type: 'password', autocomplete: 'new-password', minlength: 8, maxlength: 128, required: isNew,
    })
    const active = el('input', { type: 'checkbox', checked: user.active, disabled: user.user_id === myID() })
    const at = el('div', null, ...field(t('worksAt'), station))
    const follow = () => {
      at.hidden = role.value !== 'station_staff'
      station.required = !at.hidden
    }
    role.onchange = follow
    follow()
    const problem = fault()
    const form = el('form', {
      class: 'card',
      onsubmit: submit(() => attempt(form, problem, async () => {
        const wanted = {
          username: name.value.trim(), email: email.value.trim(), phone: phone.value.trim() || null, role: role.value,
          station_id: at.hidden ? null : Number(station.value), active: active.checked, language: spoken.value || null,
        }
        const body = Object.fromEntries(Object.entries(wanted).filter(([key, value]) =>
          (isNew ? value !== null : value !== (user[key] ?? null))))
        if (password.value) body.password = password.value
        const { data } = await (isNew ? api('POST', '/users', body, { 'Idempotency-Key': newKey() })
          : api('PATCH', '/users/' + this.id, body, this.tag ? { 'If-Match': this.tag } : {}))
        learn(data)
        toast(t('userKept', { name: data.username }))
        if (view === this) go('#/users')
      })),
    }, ...field(t('name'), name), ...field(t('email'), email), ...field(t('phone'), phone), ...field(t('role'), role), at,
    ...field(t('languageOfNews'), spoken),
    ...field(isNew ? t('password') : t('newPasswordOf'), password, t('passwordHint')),
    check(t('mayLogIn'), active), row(primary(t('save')),
      isNew || user.user_id === myID() ? null : button(t('deleteUser'), () => this.delete(user), { class: 'danger' })),
    problem)
    return form
  }

  async showSessions(user) {
    const { data } = await api('GET', `/users/${this.id}/sessions`).catch(() => ({ data: [] }))
    const sockets = data.flatMap((each) => each.sockets)
    fill(this.sessions, sockets, () => [card(el('h2', null, t('sessions')),
      el('ul', { class: 'entries' }, ...(sockets.length ? sockets.map((each) => el('li', null,
        each.protocol, ' · ', bothTimes(each.connected_at),
        each.viewing ? [' · ', t('looksAt', { number: '#' + each.viewing })] : null))
        : [el('li', { class: 'quiet' }, t('notConnected'))])),
      row(button(t('signOutEverywhere'), () => this.signOut(user), { class: 'danger' })))])
  }

  async signOut(user) {
    const isSure = await ask(t('signOutEverywhere'), quiet(t('signOutUserText', { name: user.username })),
      { yes: t('signOutEverywhere'), no: t('cancel'), danger: true })
    if (!isSure) return
    await attempt(this.element, this.fault, async () => {
      await api('POST', `/users/${this.id}/logout`)
      toast(t('userSignedOut', { name: user.username }))
      await this.refresh()
    })
  }

  async delete(user) {
    const isSure = await ask(t('deleteUser'), quiet(t('deleteUserText', { name: user.username })),
      { yes: t('deleteUser'), no: t('cancel'), danger: true })
    if (!isSure) return
    await attempt(this.element, this.fault, async () => {
      await api('DELETE', '/users/' + this.id)
      toast(t('userDeleted', { name: user.username }))
      if (view === this) go('#/users')
    })
  }
}
