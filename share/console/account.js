// One's own account and this device: language, alarm, password, sessions, and the address as a QR code.

import { isOn, possible, switches, turn } from './alarm.js'
import { api } from './api.js'
import { tell } from './bus.js'
import { Page, ask, box, button, card, check, el, field, form, input, quiet, row, select } from './dom.js'
import { showShortcuts } from './keys.js'
import { connect } from './live.js'
import { qrCode } from './qr.js'
import { isAdmin, keep, session, signOut } from './session.js'
import { leave, toast } from './shell.js'
import { language, languages, setLanguage, t } from './text.js'

export class AccountView extends Page {
  constructor() {
    const { user } = session
    super(t('p_account'), button(t('signOut'), leave))
    const url = location.origin + '/'
    this.body.append(el('p', `${user.username}, ${t(user.role)}`), row(button(t('shortcuts'), showShortcuts)),
      this.language(), this.alarm(), this.password(),
      card(el('h2', t('sessions')), quiet(t('everywhereText')),
        row(button(t('signOutEverywhere'), () => this.everywhere(), { class: 'danger' }))),
      isAdmin() ? card(el('h2', t('address')), quiet(t('addressText')), el('div.qr', qrCode(url, t('qrOf', { url }))),
        el('p.prose', url)) : '')
  }

  language() {
    const choice = select(Object.entries(languages), language, {
      onchange: () => {
        const { value } = choice
        setLanguage(value)
        session.user.language = value
        // The station speaks this language too, in its notifications.
        api('PATCH', '/auth/me', { language: value }).catch(() => {})
        tell('language')
      },
    })
    return card(el('h2', t('language')), field(t('languageOfPage'), choice))
  }

  alarm() {
    return card(el('h2', t('alarm')), quiet(t('alarmText')), ...switches.map((name) => {
      const control = box(isOn(name) && possible[name], {
        role: 'switch', disabled: !possible[name],
        onchange: async () => {
          const { checked } = control
          control.checked = await turn(name, checked)
          if (checked && !control.checked) toast(t('notificationsForbidden'))
        },
      })
      const why = possible[name] ? '' : ` (${t(name === 'desktop' && !isSecureContext ? 'needsSecure' : 'notHere')})`
      return check(t(name) + why, control)
    }))
  }

  password() {
    const secret = (autocomplete) => input({ type: 'password', autocomplete, required: true, maxlength: 128 })
    const element = form({
      current_password: [t('currentPassword'), secret('current-password')],
      new_password: [t('newPassword'), secret('new-password'), t('passwordHint')],
      again: [t('repeatPassword'), secret('new-password')],
    }, t('changePassword'), async ({ again, ...body }) => {
      if (body.new_password !== again) throw new Error(t('passwordsDiffer'))
      const { data } = await api('PATCH', '/auth/password', body)
      keep(data, session.stay)
      connect()
      element.reset()
      toast(t('passwordChanged'))
    })
    // A password manager looks for the name of the account.
    element.prepend(el('h2', t('changePassword')), input({ autocomplete: 'username', value: session.user.email,
      hidden: true }))
    return element
  }

  async everywhere() {
    if (!await ask(t('signOutEverywhere'), t('everywhereText'), t('signOutEverywhere'))) return
    await this.act(async () => {
      await api('POST', '/auth/logout', { everywhere: true })
      signOut(t('signedOutEverywhere'))
    })
  }
}
