// The form for signing in. The address stays as it is, so the view that it names opens after that.

import { api } from './api.js'
import { box, button, byID, el, form, input, row } from './dom.js'
import { keep } from './session.js'
import { language, languages, setLanguage, t } from './text.js'

export function showSignIn(reason, entered) {
  const email = input({
    autocomplete: 'username', inputmode: 'email', autocapitalize: 'none', maxlength: 254, required: true,
  })
  const element = form({
    emailOrPhone: [t('emailOrPhone'), email],
    password: [t('password'), input({ type: 'password', autocomplete: 'current-password', maxlength: 128,
      required: true })],
    stay: [t('staySignedIn'), box(false)],
  }, t('signIn'), async ({ stay, ...body }) => {
    const { data } = await api('POST', '/auth/login', body)
    keep(data, stay)
    entered()
  })
  const others = Object.keys(languages).filter((each) => each !== language)
  element.prepend(el('h1', t('title')))
  element.lastChild.textContent = reason ?? ''
  byID('app').replaceChildren(el('main', { id: 'login' }, el('div', element, row(...others.map((each) =>
    button(languages[each], () => {
      setLanguage(each)
      showSignIn('', entered)
    }, { lang: each }))))))
  byID('toast').textContent = ''
  document.title = t('title')
  email.focus()
}
