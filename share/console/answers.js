// Canned answers: the choice beside an answer, and the page where administrators write them.

import { api } from './api.js'
import { ask, attempt, button, card, el, fault, field, fill, heading, options, quiet, row, setText } from './dom.js'
import { newKey } from './outbox.js'
import { isAdmin, isDriver } from './session.js'
import { toast } from './shell.js'
import { language, languages, t } from './text.js'

let answers = []

async function loadAnswers() {
  const { data } = await api('GET', '/answers')
  // Those in the language of the page come first.
  answers = data.sort((a, b) => (b.language === language) - (a.language === language) || a.title.localeCompare(b.title))
}

/** A choice that gives the text of an answer. It asks for them when somebody is about to choose. */
export function cannedAnswers(insert) {
  const select = el('select', {
    'data-key': 'canned',
    onchange: () => {
      const found = answers.find((each) => String(each.answer_id) === select.value)
      select.value = ''
      if (found) insert(found.body)
    },
  })
  const show = () => fill(select, answers, () =>
    [el('option', { value: '' }, t('choose')), ...options(answers.map((each) => [each.answer_id, each.title]))])
  const box = el('div', { hidden: true }, ...field(t('insertCanned'), select))
  if (!isDriver()) loadAnswers().then(() => {
    show()
    box.hidden = !answers.length
  }, () => {})
  return box
}

/** The page with all canned answers. Administrators change them, staff read them. */
export class AnswersView {
  constructor() {
    this.heading = heading(t('cannedAnswers'))
    this.fault = fault()
    this.list = el('ul', { class: 'entries' })
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      isAdmin() ? button(t('addAnswer'), () => this.edit({}), { class: 'primary' }) : null),
    quiet(t('answersText')), this.fault, card(this.list))
  }

  async refresh() {
    try {
      await loadAnswers()
      fill(this.list, answers, () => (answers.length ? answers.map((each) => el('li', null,
        el('h2', { class: 'small', lang: each.language }, each.title),
        quiet(languages[each.language] ?? t('everyLanguage')),
        el('p', { class: 'prose', lang: each.language }, each.body),
        isAdmin() ? row(
          button(t('change'), () => this.edit(each), { 'aria-label': t('changeNamed', { name: each.title }) }),
          button(t('remove'), () => this.remove(each),
            { class: 'danger', 'aria-label': t('removeNamed', { name: each.title }) })) : null))
        : [el('li', { class: 'quiet' }, t('noAnswers'))]))
    } catch (error) {
      setText(this.fault, error.message)
    }
  }

  async edit({ answer_id: id, title = '', body = '', language: spoken }) {
    const name = el('input', { maxlength: 100, required: true, value: title })
    const area = el('textarea', { maxlength: 5000, required: true })
    area.value = body
    const choice = el('select', null, ...options([['', t('everyLanguage')], ...Object.entries(languages)], spoken ?? ''))
    const form = el('div', null, ...field(t('answerTitle'), name), ...field(t('answerBody'), area),
      ...field(t('language'), choice))
    const draft = await ask(id ? t('changeAnswer') : t('addAnswer'), form, {
      yes: t('save'), no: t('cancel'),
      answer: () => ({ title: name.value, body: area.value, language: choice.value || null }),
    })
    if (!draft) return
    await attempt(this.element, this.fault, async () => {
      await api(id ? 'PATCH' : 'POST', '/answers' + (id ? '/' + id : ''), draft, id ? {} : { 'Idempotency-Key': newKey() })
      toast(t('answerKept'))
      await this.refresh()
    })
  }

  async remove({ answer_id: id, title }) {
    if (!await ask(t('removeNamed', { name: title }), quiet(''), { yes: t('remove'), no: t('cancel'), danger: true })) return
    await attempt(this.element, this.fault, async () => {
      await api('DELETE', '/answers/' + id)
      await this.refresh()
    })
  }
}
