// One's own account and this device: language, alarm, password, sessions, and the address as a QR code.

import { api } from './api.js'
import { isOn, isPossible, switches, turn } from './alarm.js'
import { ask, attempt, button, card, check, el, fault, field, heading, options, primary, quiet, row, submit } from './dom.js'
import { connect } from './live.js'
import { qrCode } from './qr.js'
import { isAdmin, keep, session, signOut } from './session.js'
import { toast, whoAmI } from './shell.js'
import { showShortcuts } from './keys.js'
import { language, languages, setLanguage, t } from './text.js'
import { tell } from './bus.js'

export class AccountView {
  constructor() {
    this.heading = heading(t('account'))
    this.element = el('div', null, this.heading, el('p', null, whoAmI()), this.language(), this.alarm(),
      this.password(), this.sessions(), this.address(),
      row(button(t('shortcuts'), showShortcuts)))
  }

  language() {
    const select = el('select', {
      onchange: () => {
        const { value } = select
        setLanguage(value)
        session.user.language = value
        // The station speaks this language too, in its notifications.
        api('PATCH', '/auth/me', { language: value }).catch(() => {})
        tell('language')
      },
    }, ...options(Object.entries(languages), language))
    return card(el('h2', null, t('language')), ...field(t('languageOfPage'), select))
  }

  alarm() {
    const problem = fault()
    return card(el('h2', null, t('alarm')), quiet(t('alarmText')), ...switches.map((name) => {
      const possible = isPossible(name)
      const box = el('input', {
        type: 'checkbox', role: 'switch', checked: isOn(name) && possible, disabled: !possible,
        onchange: async () => {
          problem.textContent = await turn(name, box.checked) ?? ''
          box.checked = isOn(name)
        },
      })
      return check(t('alarm_' + name) + (possible ? '' : ` (${t(name === 'desktop' && !isSecureContext
        ? 'needsSecure' : 'notHere')})`), box)
    }), problem)
  }

  password() {
    const input = (autocomplete, attributes) =>
      el('input', { type: 'password', autocomplete, required: true, maxlength: 128, ...attributes })
    const current = input('current-password')
    const [next, repeated] = [input('new-password', { minlength: 8 }), input('new-password', { minlength: 8 })]
    const problem = fault()
    const form = el('form', {
      class: 'card',
      onsubmit: submit(() => attempt(form, problem, async () => {
        if (next.value !== repeated.value) throw new Error(t('passwordsDiffer'))
        const body = { current_password: current.value, new_password: next.value }
        const { data } = await api('PATCH', '/auth/password', body)
        keep(data, session.stay)
        connect()
        form.reset()
        toast(t('passwordChanged'))
      })),
    }, el('h2', null, t('changePassword')),
    // Password managers look for the name of the account beside a new password.
    el('input', { type: 'text', autocomplete: 'username', value: session.user.email, hidden: true }),
    ...field(t('currentPassword'), current), ...field(t('newPassword'), next, t('passwordHint')),
    ...field(t('repeatPassword'), repeated), row(primary(t('changePassword'))), problem)
    return form
  }

  sessions() {
    const problem = fault()
    const box = card(el('h2', null, t('sessions')), quiet(t('everywhereText')), problem,
      row(button(t('signOutEverywhere'), () => attempt(box, problem, async () => {
        const isSure = await ask(t('signOutEverywhere'), quiet(t('everywhereText')),
          { yes: t('signOutEverywhere'), no: t('cancel'), danger: true })
        if (!isSure) return
        await api('POST', '/auth/logout', { everywhere: true })
        signOut(t('signedOutEverywhere'))
      }), { class: 'danger' })))
    return box
  }

  address() {
    const url = location.origin + '/'
    return isAdmin() ? card(el('h2', null, t('address')), quiet(t('addressText')),
      el('div', { class: 'qr' }, qrCode(url, t('qrOf', { url }))), el('p', { class: 'prose' }, url)) : null
  }
}
