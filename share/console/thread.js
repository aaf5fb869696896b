// What happened with a ticket: comments, receipts of the driver's notifications, and the history.

import { attempt, card, check, el, field, fill, quiet, row, setText, submit } from './dom.js'
import { dropDraft, textarea } from './drafts.js'
import { send } from './outbox.js'
import { nameOf, stationName } from './people.js'
import { isDriver } from './session.js'
import { toast } from './shell.js'
import { moment, shortMoment, t, time, word } from './text.js'
import { pathOf } from './tickets.js'

/** One change in words: "Status: In progress, was Open". */
export function say({ field: name, from, to }) {
  if (name === 'created') return t('filedTicket')
  const show = (value) => {
    if (value == null) return t('nothing')
    if (name === 'assignee_id') return nameOf(value)
    if (name === 'station_id') return stationName(value)
    if (name === 'response' || name === 'description') {
      return value.length > 200 ? `“${value.slice(0, 200)}…”` : `“${value}”`
    }
    return word(value)
  }
  return `${word(name)}: ${show(to)}${from == null ? '' : t('was', { value: show(from) })}`
}

export class Thread {
  constructor(view) {
    this.view = view
    this.comments = el('ol', { class: 'entries' })
    this.history = el('ol', { class: 'entries' })
    this.receipts = el('ol', { class: 'entries' })
    this.commentsTitle = el('h2', null, t('comments'))
    this.historyTitle = el('summary', { class: 'button' }, t('history'))
    this.lastReceipt = el('p', { class: 'quiet' })
    this.receiptBox = card(el('h2', null, t('receipts')), this.lastReceipt,
      el('details', null, el('summary', { class: 'button' }, t('allReceipts')), this.receipts))
    this.receiptBox.hidden = true
    this.parts = [card(this.commentsTitle, this.comments, this.form()), this.receiptBox,
      card(el('details', null, this.historyTitle, this.history))]
  }

  form() {
    const { key } = this.view
    const area = textarea('comment ' + key, { required: true })
    const internal = el('input', { type: 'checkbox' })
    return el('form', {
      onsubmit: submit(() => attempt(this.view.body, this.view.fault, async () => {
        const body = { body: area.value, ...(isDriver() ? {} : { internal: internal.checked }) }
        const answer = await send({ what: 'comment', method: 'POST', path: pathOf(key) + '/comments', body, key })
        dropDraft('comment ' + key)
        area.value = ''
        internal.checked = false
        if (!answer) return toast(t('waitsForLine'))
        if (answer.data.command_id) return this.view.adopt(answer)
        toast(t('commentAdded'))
        await this.view.refresh()
      })),
    }, ...field(t('newCommentLabel'), area), check(t('internalNote'), internal, { hidden: isDriver() }),
    row(el('button', null, t('addComment'))))
  }

  show({ comments, history, receipts }) {
    setText(this.commentsTitle, t('commentCount', { count: comments.length }))
    fill(this.comments, comments, () => comments.map((comment) => el('li', { class: comment.internal ? 'internal' : null },
      quiet(comment.internal ? [el('strong', null, t('internal')), ' · '] : null,
        comment.username + ', ', time(comment.created_at)),
      el('p', { class: 'prose' }, comment.body))))
    setText(this.historyTitle, t('historyCount', { count: history.length }))
    fill(this.history, history, () => history.map((entry) => el('li', null,
      quiet(entry.username ?? t('deletedUser'), ', ', time(entry.at)), el('p', null, say(entry)))))
    this.showReceipts(receipts)
  }

  showReceipts(receipts) {
    this.receiptBox.hidden = !receipts?.length
    if (!receipts?.length) return
    const last = receipts.at(-1)
    setText(this.lastReceipt, `${this.told(last)} · ${moment(last.at)}: ${this.fate(last)}`)
    fill(this.receipts, receipts, () => receipts.map((each) => el('li', null,
      quiet(this.told(each), ', ', time(each.at)), el('p', null, this.fate(each)))))
  }

  told = ({ event }) => word('r_' + event.split(':').at(-1))

  /** What became of it, in the order in which it happens. */
  fate = (receipt) => ['sent', 'received', 'read'].map((state) => {
    const at = receipt[state + '_at']
    return receipt[state] ? t('r_' + state) + (at ? ` ${shortMoment(at)}` : '') + ' ✓' : t(`r_not_${state}`)
  }).join(' · ')
}
