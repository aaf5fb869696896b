// The user's notifications, newest first, with what they are about.

import { api } from './api.js'
import { Page, button, card, el, fill, items } from './dom.js'
import { about, alertCount, away, markAllRead, markRead, sentence } from './inbox.js'
import { go } from './route.js'
import { t, time } from './text.js'
import { hrefOf, keyOf } from './tickets.js'

let loaded = []

export class AlertsView extends Page {
  pane = 'detail'
  limit = alertCount

  constructor() {
    super(t('p_alerts'), button(t('markAllRead'), () => this.act(markAllRead)))
    this.list = el('ol.entries')
    this.more = button(t('showMore'), () => {
      this.limit = 1000
      this.refresh()
    }, { class: 'more' })
    this.body.append(card(this.list, this.more))
    const soon = () => {
      clearTimeout(this.soon)
      this.soon = setTimeout(() => this.refresh(), 150)
    }
    for (const event of ['notified', 'unread', 'live', 'names']) this.on(event, soon)
    this.off.push(() => clearTimeout(this.soon))
  }

  async load() {
    this.show()
    loaded = (await api('GET', '/notifications?limit=' + this.limit)).data.reverse()
    this.show()
  }

  show() {
    this.more.hidden = loaded.length < this.limit || this.limit > alertCount
    fill(this.list, [loaded, away.ids.size], () => items(loaded, (each) => this.entry(each), t('noAlerts')))
  }

  entry(notification) {
    const { id, data, timestamp, read, type } = notification
    return el('button.plain', {
      type: 'button', class: read ? 'plain' : 'plain unread', 'data-key': id,
      onclick: () => {
        if (!read) markRead(id)
        if (!type.endsWith('deleted')) go(hrefOf(keyOf(data)))
      },
    }, el('span.quiet', read ? '' : t('unread') + ' · ', away.ids.has(id) ? t('whileAway') + ' · ' : '',
      time(timestamp)),
    el('strong', sentence(notification)), el('span.text', about(notification)))
  }
}

export function forgetAlerts() {
  loaded = []
}
