// Elements, forms and pages. What people typed becomes text nodes and attributes set by name, never markup.

import { on } from './bus.js'
import { t } from './text.js'

export const byID = (id) => document.getElementById(id)
const present = (children) => children.flat().filter((child) => child != null && child !== false)

/** Makes an element: `el('p.quiet', {id: 'x'}, …)`. An attribute `on…` is a listener; false and null set nothing. */
export function el(tag, ...children) {
  const [name, ...classes] = tag.split('.')
  const element = document.createElement(name)
  if (classes.length) element.className = classes.join(' ')
  const attributes = children[0]?.constructor === Object ? children.shift() : {}
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== false && value != null) element.setAttribute(key, value)
  }
  element.append(...present(children))
  return element
}

export const row = (...children) => el('div.row', ...children)
export const card = (...children) => el('div.card', ...children)
export const quiet = (...children) => el('p.quiet', ...children)
export const button = (text, onclick, attributes) => el('button', { type: 'button', onclick, ...attributes }, text)
export const link = (href, text, attributes) => el('a', { href, ...attributes }, text)
export const fault = () => el('p.fault', { role: 'alert' })
export const fold = (text, ...children) => el('details', el('summary.button', text), ...children)
export const facts = (rows) => el('dl', ...rows.filter(([, value]) => value)
  .flatMap(([name, value]) => [el('dt', name), el('dd', value)]))
/** List items, or a word for none. */
export const items = (list, make, none) => (list.length ? list.map((each) => el('li', make(each))) : [el('li.quiet',
  none)])

/** A table on a wide screen, cards on a narrow one. The first cell of a row is its head. */
export const table = (caption, columns, rows) => el('table.wide-table', el('caption', caption),
  el('thead', el('tr', ...columns.map((each) => el('th', { scope: 'col' }, each)))),
  el('tbody', ...rows.map((cells) => el('tr', ...cells.map((cell, index) => (index
    ? el('td', { 'data-label': columns[index] }, cell ?? '–') : el('th', { scope: 'row' }, cell)))))))

// MARK: Changing what is shown

/** Sets a text only if it is another one, so that a selection in it survives and nothing is read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** Sets or removes an attribute. */
export function mark(node, name, value) {
  if (!value) node.removeAttribute(name)
  else node.setAttribute(name, value)
}

/** Makes a region's content anew if the data it shows have changed. The focus stays on the element with the same key. */
export function fill(region, data, make) {
  const shown = JSON.stringify(data)
  if (region.shown === shown) return
  region.shown = shown
  const active = document.activeElement
  const key = region.contains(active) && active.dataset.key
  region.replaceChildren(...present(make()))
  if (key) region.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus()
}

// MARK: Forms

export const input = (attributes) => el('input', { autocomplete: 'off', ...attributes })
export const box = (checked, attributes) => el('input', { type: 'checkbox', checked, ...attributes })
export const options = (values, chosen) =>
  values.map(([value, text]) => el('option', { value, selected: String(value) === String(chosen ?? '') }, text))

/** A choice of `[value, text]`; its value is a number if these have numbers. */
export const select = (values, chosen, attributes) => el('select', {
  'data-number': values.some(([value]) => typeof value === 'number'), ...attributes,
}, ...options(values, chosen))

export const check = (text, control, attributes) => el('label.check', attributes ?? {}, control, text)

let fields = 0

/** A control with its label, and with a hint that screen readers read after it. */
export function field(text, control, hint) {
  if (control.type === 'checkbox') return check(text, control)
  control.id ||= 'field-' + ++fields
  if (hint) control.setAttribute('aria-describedby', control.id + '-hint')
  return el('div', el('label', { for: control.id }, text), control, hint && quiet({ id: control.id + '-hint' }, hint))
}

/** What was entered: null for nothing. */
function valueOf(control) {
  if (control.type === 'checkbox') return control.checked
  const text = control.type === 'password' ? control.value : control.value.trim()
  return text === '' ? null : control.type === 'number' || control.dataset.number === '' ? Number(text) : text
}

const valuesOf = (controls) => Object.fromEntries(Object.entries(controls).map(([name, [, each]]) => [name,
  valueOf(each)]))

/** A form's listener: the browser itself never submits the form. */
export const submit = (work) => (event) => {
  event.preventDefault()
  return work()
}

/** A form of `{name: [label, control, hint]}`, whose values `work` gets. */
export function form(controls, text, work, ...more) {
  const problem = fault()
  const element = el('form.card', { onsubmit: submit(() => attempt(element, problem, () => work(valuesOf(controls)))) },
    ...Object.values(controls).map((each) => field(...each)), row(el('button.primary', text), ...more), problem)
  return element
}

/** Runs work that the user asked for: one at a time in each region, with its fault shown there. */
export async function attempt(region, problem, work) {
  if (region.getAttribute('aria-busy') === 'true') return
  region.setAttribute('aria-busy', 'true')
  problem.textContent = ''
  try {
    await work()
  } catch (error) {
    problem.textContent = error.message
    problem.scrollIntoView({ block: 'center' })
  } finally {
    region.removeAttribute('aria-busy')
  }
}

/** Asks in a dialog. `body` is a text or a form's controls. Gives their values, or null if it was cancelled. */
export function ask(title, body, yes, no = t('cancel')) {
  return new Promise((resolve) => {
    const done = (value) => {
      dialog.remove()
      resolve(value)
    }
    const controls = body.constructor === Object ? body : {}
    const name = 'ask-' + ++fields
    const dialog = el('dialog', { 'aria-labelledby': name, onclose: () => done(null) },
      el('form', { onsubmit: submit(() => done(valuesOf(controls))) }, el('h2', { id: name }, title),
        ...(body === controls ? Object.values(controls).map((each) => field(...each)) : [el('div.prose', body)]),
        row(el('button.primary', yes), no && button(no, () => done(null)))))
    document.body.append(dialog)
    dialog.showModal()
  })
}

// MARK: Pages

/** A view with a heading and a place for its fault. `load` asks the station and shows the answer in `body`. */
export class Page {
  off = []
  body = el('div')
  fault = fault()

  constructor(title, ...tools) {
    this.heading = el('h1', { tabindex: -1 }, title)
    this.element = el('div', el('div.title', this.heading, ...tools), this.fault, this.body)
  }

  on(event, work) {
    this.off.push(on(event, work))
  }

  every(seconds) {
    const timer = setInterval(() => !document.hidden && this.refresh(), seconds * 1000)
    this.off.push(() => clearInterval(timer))
  }

  close() {
    for (const off of this.off) off()
  }

  async refresh() {
    try {
      await this.load?.()
      setText(this.fault, '')
    } catch (error) {
      // What is shown stays; the bar says that there is no line.
      if (!error.passes || !this.body.firstChild) setText(this.fault, error.message)
    }
  }

  act(work) {
    return attempt(this.element, this.fault, work)
  }
}
