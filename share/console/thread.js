// What happened with a ticket: comments, receipts of the driver's notifications, and the history.

import { attempt, box, card, check, el, field, fill, fold, quiet, row, setText, submit } from './dom.js'
import { dropDraft, textarea } from './drafts.js'
import { send } from './outbox.js'
import { nameOf, stationName } from './people.js'
import { isDriver } from './session.js'
import { toast } from './shell.js'
import { shortMoment, t, time } from './text.js'
import { pathOf } from './tickets.js'

/** A value of a ticket's field in words. */
export function said(name, value) {
  if (value == null) return t('nothing')
  if (name === 'assignee_id') return nameOf(value)
  if (name === 'station_id') return stationName(value)
  return ['response', 'description'].includes(name) ? `“${value.length > 200 ? value.slice(0, 200) + '…' : value}”`
    : t(value)
}

/** A change in words: "Status: In progress, was Open". */
export const inWords = ({ field: name, from, to }) => (name === 'created' ? t('filedTicket')
  : `${t(name)}: ${said(name, to)}${from == null ? '' : t('was', { value: said(name, from) })}`)

export class Thread {
  constructor(view) {
    this.view = view
    this.comments = el('ol.entries')
    this.history = el('ol.entries')
    this.receipts = el('ol.entries')
    this.commentsTitle = el('h2')
    this.historyFold = fold('', this.history)
    this.lastReceipt = quiet()
    this.receiptBox = card(el('h2', t('receipts')), this.lastReceipt, fold(t('allReceipts'), this.receipts))
    this.parts = [card(this.commentsTitle, this.comments, this.form()), this.receiptBox, card(this.historyFold)]
  }

  form() {
    const { key } = this.view
    const area = textarea('comment ' + key, { required: true })
    const internal = box(false)
    return el('form', {
      onsubmit: submit(() => attempt(this.view.element, this.view.fault, async () => {
        const body = { body: area.value, ...(isDriver() ? {} : { internal: internal.checked }) }
        const answer = await send({ what: 'comment', method: 'POST', path: pathOf(key) + '/comments', body, key })
        dropDraft('comment ' + key)
        area.value = ''
        internal.checked = false
        if (answer?.data.command_id) this.view.adopt(answer)
        else toast(t(answer ? 'done' : 'waitsForLine'))
      })),
    }, field(t('newComment'), area), !isDriver() && check(t('internalNote'), internal), row(el('button',
      t('addComment'))))
  }

  show({ comments = [], history = [], receipts = [] }) {
    setText(this.commentsTitle, t('commentCount', { count: comments.length }))
    fill(this.comments, comments, () => comments.map(({ internal, username, created_at: at, body }) =>
      el(internal ? 'li.internal' : 'li', quiet(internal && [el('strong', t('internal')), ' · '], username + ' · ',
        time(at)),
        el('p.prose', body))))
    setText(this.historyFold.firstChild, t('historyCount', { count: history.length }))
    fill(this.history, history, () => history.map((entry) =>
      el('li', quiet(entry.username ?? t('deletedUser'), ' · ', time(entry.at)), inWords(entry))))
    this.receiptBox.hidden = !receipts?.length
    if (!receipts?.length) return
    const last = receipts.at(-1)
    setText(this.lastReceipt, `${this.told(last)}: ${this.fate(last)}`)
    fill(this.receipts, receipts, () => receipts.map((each) =>
      el('li', quiet(this.told(each), ' · ', time(each.at)), this.fate(each))))
  }

  told = ({ event }) => t('r_' + event.split(':').at(-1))

  /** What became of a notification, in the order in which it happens. */
  fate = (receipt) => ['sent', 'received', 'read'].map((state) => {
    const at = receipt[state + '_at']
    return receipt[state] ? `✓ ${t(state)}${at ? ' ' + shortMoment(at) : ''}` : t('not_' + state)
  }).join(' · ')
}
