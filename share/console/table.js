// Tables of people, stations and settings: real tables on a wide screen, cards on a narrow one.

import { el } from './dom.js'

/** A table with a head. Each cell says the name of its column where the head does not fit. */
export function table(caption, columns, rows, attributes) {
  return el('div', { class: 'wide-table', tabindex: 0, role: 'region', 'aria-label': caption, ...attributes },
    el('table', null, el('caption', null, caption),
      el('thead', null, el('tr', null, ...columns.map((column) => el('th', { scope: 'col' }, column)))),
      el('tbody', null, ...rows.map((cells) => el('tr', null, ...cells.map((cell, index) => (index
        ? el('td', { 'data-label': columns[index] }, cell ?? '–')
        : el('th', { scope: 'row' }, cell ?? '–'))))))))
}

/** A search in what is loaded. */
export function narrow(label, changed) {
  const input = el('input', { type: 'search', 'aria-label': label, placeholder: label, oninput: () => changed(input.value) })
  return input
}
