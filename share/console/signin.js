// The form for signing in. The address stays as it is, so the view that it names opens after that.

import { api } from './api.js'
import { attempt, byID, check, el, fault, field, heading, primary, submit } from './dom.js'
import { keep } from './session.js'
import { chooseLanguage, language, languages, setLanguage, t } from './text.js'

export function showSignIn(reason, entered) {
  const email = el('input', {
    type: 'text', autocomplete: 'username', inputmode: 'email', autocapitalize: 'none', maxlength: 254, required: true,
  })
  const password = el('input', { type: 'password', autocomplete: 'current-password', maxlength: 128, required: true })
  const stay = el('input', { type: 'checkbox' })
  const problem = fault()
  const form = el('form', {
    class: 'card', 'aria-labelledby': 'sign-in-title',
    onsubmit: submit(() => attempt(form, problem, async () => {
      const body = { email: email.value.trim(), password: password.value }
      const { data } = await api('POST', '/auth/login', body)
      password.value = ''
      keep(data, stay.checked)
      entered()
    })),
  }, heading(t('title')), ...field(t('emailOrPhone'), email), ...field(t('password'), password),
  check(t('staySignedIn'), stay), primary(t('signIn')), problem,
  el('p', { class: 'row' }, ...Object.entries(languages).filter(([code]) => code !== language).map(([code, name]) =>
    el('button', {
      type: 'button', lang: code,
      onclick: () => {
        setLanguage(code)
        showSignIn('', entered)
      },
    }, name))))
  form.querySelector('h1').id = 'sign-in-title'
  byID('app').replaceChildren(el('main', { id: 'login' }, form))
  byID('toast').textContent = ''
  document.title = t('title')
  problem.textContent = reason ?? ''
  email.focus()
}

/** A page without a session speaks the language of the browser. */
export function signedOut(reason, entered) {
  chooseLanguage()
  showSignIn(reason, entered)
}
