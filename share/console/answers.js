// Canned answers: the choice beside an answer, and the page where administrators write them.

import { api } from './api.js'
import { Page, ask, button, card, el, field, fill, input, items, options, quiet, row, select } from './dom.js'
import { newKey } from './outbox.js'
import { isAdmin, isDriver } from './session.js'
import { toast } from './shell.js'
import { language, languages, t } from './text.js'

let answers = []

/** Those in the language of the page come first. */
async function loadAnswers() {
  const { data } = await api('GET', '/answers')
  answers = data.sort((a, b) => (b.language === language) - (a.language === language) || a.title.localeCompare(b.title))
}

/** A choice that inserts the text of an answer. */
export function cannedAnswers(insert) {
  const choice = select([], '', {
    onchange: () => {
      insert(answers[choice.value].body)
      choice.value = ''
    },
  })
  const element = field(t('insertCanned'), choice)
  const show = () => {
    fill(choice, answers, () => options([['', t('choose')], ...answers.map((each, index) => [index, each.title])]))
    element.hidden = !answers.length
  }
  show()
  if (!isDriver()) loadAnswers().then(show, () => {})
  return element
}

/** The page with all canned answers. Administrators change them, staff read them. */
export class AnswersView extends Page {
  constructor() {
    super(t('p_answers'), isAdmin() && button(t('addAnswer'), () => this.edit({}), { class: 'primary' }))
    this.list = el('ul.entries')
    this.body.append(quiet(t('answersText')), card(this.list))
  }

  async load() {
    await loadAnswers()
    fill(this.list, answers, () => items(answers, (each) => [el('h2', { lang: each.language }, each.title),
      quiet(languages[each.language] ?? t('everyLanguage')), el('p.prose', { lang: each.language }, each.body),
      isAdmin() && row(button(t('change'), () => this.edit(each), { 'aria-label': `${t('change')}: ${each.title}` }),
        button(t('remove'), () => this.remove(each), { class: 'danger',
          'aria-label': `${t('remove')}: ${each.title}` }))],
    t('noAnswers')))
  }

  async edit({ answer_id: id, title, body = '', language: spoken }) {
    const area = el('textarea', { maxlength: 5000, required: true })
    area.value = body
    const draft = await ask(t(id ? 'change' : 'addAnswer'), {
      title: [t('answerTitle'), input({ maxlength: 100, required: true, value: title })], body: [t('answerBody'), area],
      language: [t('language'), select([['', t('everyLanguage')], ...Object.entries(languages)], spoken)],
    }, t('save'))
    if (draft) this.change(id ? 'PATCH' : 'POST', id, draft, id ? {} : { 'Idempotency-Key': newKey() })
  }

  async remove({ answer_id: id, title }) {
    if (await ask(t('remove'), title, t('remove'))) this.change('DELETE', id)
  }

  change(method, id, body, fields) {
    return this.act(async () => {
      await api(method, '/answers' + (id ? '/' + id : ''), body, fields)
      toast(t('done'))
      await this.load()
    })
  }
}
