// What waits to be sent, and why, with what its author can do about it.

import { on } from './bus.js'
import { ask, button, card, el, fill, heading, link, quiet, row } from './dom.js'
import { again, drop, queued, sendQueue } from './outbox.js'
import { say } from './thread.js'
import { bothTimes, t } from './text.js'
import { hrefOf, numberOf } from './tickets.js'

export class WaitingView {
  constructor() {
    this.heading = heading(t('waitingTitle'))
    this.list = el('ol', { class: 'entries' })
    this.element = el('div', null, this.heading, quiet(t('waitingText')), row(button(t('tryNow'), sendQueue)),
      card(this.list))
    this.off = on('queue', () => this.refresh())
  }

  close() {
    this.off()
  }

  refresh() {
    const entries = queued()
    fill(this.list, entries, () => (entries.length ? entries.map((entry) => this.entry(entry))
      : [el('li', { class: 'quiet' }, t('nothingWaits'))]))
  }

  entry(entry) {
    const text = entry.body.description && entry.what === 'ticket' ? entry.body.description : entry.body.body
      ?? Object.entries(entry.body).map(([field, to]) => say({ field, to })).join(' · ')
    const name = { ticket: t('newTicket'), comment: t('comment'), answer: t('changeOf') }[entry.what]
    return el('li', null, el('p', null, el('strong', null, name),
      entry.key ? [' ', link(hrefOf(entry.key), numberOf(entry.key))] : null), quiet(bothTimes(entry.at)),
    el('p', { class: 'prose' }, text),
    el('p', { class: entry.fault ? 'fault' : 'quiet' }, entry.conflict ? t('conflict') : entry.fault ?? t('waiting')),
    row(entry.conflict ? link(hrefOf(entry.key), t('lookAtConflict'), { class: 'button primary' })
      : entry.fault ? button(t('tryAgain'), () => again(entry.id)) : null,
    button(t('discard'), async () => {
      if (await ask(t('discardTitle'), el('p', { class: 'prose' }, text), { yes: t('discard'), no: t('cancel'), danger: true })) {
        drop(entry.id)
      }
    }, { class: 'danger' })))
  }
}
