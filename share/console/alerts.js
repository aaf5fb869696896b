// The user's notifications, newest first, with what they are about.

import { api } from './api.js'
import { on } from './bus.js'
import { attempt, button, card, el, fault, fill, heading, setText } from './dom.js'
import { about, alertCount, away, markAllRead, markRead, sentence } from './inbox.js'
import { go } from './route.js'
import { t, time } from './text.js'
import { keyOf } from './tickets.js'

let loaded = []

export class AlertsView {
  pane = 'detail'

  constructor() {
    this.fault = fault()
    this.limit = alertCount
    this.entries = el('ol', { class: 'entries' })
    this.heading = heading(t('alerts'))
    this.more = button(t('showMore'), () => {
      this.limit = 1000
      this.refresh()
    }, { class: 'more', hidden: true })
    this.body = card(this.fault, this.entries, this.more)
    this.element = el('div', null, el('div', { class: 'title' }, this.heading,
      button(t('markAllRead'), () => attempt(this.body, this.fault, markAllRead))), this.body)
    const soon = () => {
      clearTimeout(this.soon)
      this.soon = setTimeout(() => this.refresh(), 150)
    }
    this.off = ['notified', 'unread', 'live', 'names'].map((event) => on(event, soon))
  }

  close() {
    clearTimeout(this.soon)
    for (const off of this.off) off()
  }

  async refresh() {
    try {
      const { data } = await api('GET', '/notifications?limit=' + this.limit)
      loaded = data.reverse()
      setText(this.fault, '')
    } catch (error) {
      if (!error.passes) setText(this.fault, error.message)
    }
    this.more.hidden = loaded.length < this.limit || this.limit > alertCount
    fill(this.entries, [loaded, document.documentElement.lang, away.ids.size], () => (loaded.length
      ? loaded.map((each) => this.entry(each)) : [el('li', { class: 'quiet' }, t('noAlerts'))]))
  }

  entry(notification) {
    const { id, data, timestamp, read, type } = notification
    const open = () => {
      if (!read) markRead(id)
      if (type !== 'support_ticket_deleted') go('#/ticket/' + keyOf(data))
    }
    const subject = about(notification)
    return el('li', { class: read ? null : 'unread' },
      el('button', { type: 'button', class: 'plain', onclick: open, 'data-key': id },
        el('span', { class: 'quiet' }, read ? '' : t('unread') + ' · ', away.ids.has(id) ? t('whileAway') + ' · ' : '',
          time(timestamp)),
        el('strong', null, sentence(notification)), subject ? el('span', { class: 'text' }, subject) : null))
  }
}
