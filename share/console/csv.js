// The tickets that the filters show, as a file for a spreadsheet.

import { all } from './api.js'
import { el } from './dom.js'
import { request } from './filter.js'
import { nameOf } from './people.js'
import { toast } from './shell.js'
import { t, word } from './text.js'

/** A cell that a spreadsheet takes for a formula gets an apostrophe before it. */
const cell = (value) => {
  const text = String(value ?? '')
  return `"${(/^[=+\-@\t\r]/.test(text) ? "'" : '') + text.replaceAll('"', '""')}"`
}

export async function saveCSV(filter, pressed) {
  pressed.disabled = true
  try {
    const tickets = await all(request(filter, { limit: 1000 }), 100)
    const columns = ['support_id', 'status', 'priority', 'type', 'description', 'response', 'user', 'station_id',
      'assignee_id', 'rating', 'created_at', 'updated_at', 'closed_at']
    const rows = tickets.map((ticket) => ({
      ...ticket, user: ticket.user?.username, station_id: ticket.station?.name, status: word(ticket.status),
      assignee_id: ticket.assignee_id && nameOf(ticket.assignee_id),
      priority: word(ticket.priority), type: word(ticket.type),
    }))
    const lines = [columns.map(word), ...rows.map((each) => columns.map((name) => each[name]))]
    saveFile('tickets.csv', lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n')
  } catch (error) {
    toast(error.message)
  }
  pressed.disabled = false
}

/** Offers a text for saving. The mark at its beginning lets a spreadsheet read it as UTF-8. */
export function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob(['\ufeff' + text], { type: 'text/csv;charset=utf-8' }))
  el('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60000)
  toast(t('saved', { name }))
}
