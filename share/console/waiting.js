// What waits to be sent, and why, with what its author can do about it.

import { Page, ask, button, card, el, fill, items, link, quiet, row } from './dom.js'
import { again, drop, queued, sendQueue } from './outbox.js'
import { bothTimes, t } from './text.js'
import { inWords } from './thread.js'
import { hrefOf, numberOf } from './tickets.js'

export class WaitingView extends Page {
  constructor() {
    super(t('waitingTitle'), button(t('tryNow'), sendQueue))
    this.list = el('ol.entries')
    this.body.append(quiet(t('waitingText')), card(this.list))
    this.on('queue', () => this.refresh())
  }

  load() {
    fill(this.list, queued(), () => items(queued(), (entry) => this.entry(entry), t('nothingWaits')))
  }

  entry({ id, what, key, at, body, fault, conflict }) {
    const text = what === 'change' ? Object.entries(body).map(([field, to]) => inWords({ field, to })).join(' · ')
      : body.description ?? body.body
    return [el('strong', t('q_' + what)), ' ', key && link(hrefOf(key), numberOf(key)), quiet(bothTimes(at)),
      el('p.prose', text),
      el(fault ? 'p.fault' : 'p.quiet', conflict ? t('conflict') : fault ?? t('waiting')),
      row(conflict ? link(hrefOf(key), t('compare'), { class: 'button primary' }) : fault && button(t('tryAgain'),
        () => again(id)),
        button(t('discard'), async () => await ask(t('discardTitle'), text, t('discard')) && drop(id),
          { class: 'danger' }))]
  }
}
