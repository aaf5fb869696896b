// Elements. What people typed becomes text nodes and attributes set by name, never markup.

export const byID = (id) => document.getElementById(id)

/** Makes an element. An attribute that starts with `on` is a listener; false, null and undefined set nothing. */
export function el(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value != null) element.setAttribute(name, value)
  }
  element.append(...children.flat().filter((child) => child != null && child !== false))
  return element
}

export const row = (...children) => el('div', { class: 'row' }, ...children)
export const card = (...children) => el('div', { class: 'card' }, ...children)
export const quiet = (...children) => el('p', { class: 'quiet' }, ...children)
export const button = (text, onclick, attributes) => el('button', { type: 'button', onclick, ...attributes }, text)
export const primary = (text) => el('button', { class: 'primary' }, text)
export const fault = () => el('p', { class: 'fault', role: 'alert' })
/** The heading of a view, which gets the focus when the view opens. */
export const heading = (text) => el('h1', { tabindex: -1 }, text)
export const link = (href, text, attributes) => el('a', { href, ...attributes }, text)

export const options = (values, selected) =>
  values.map(([value, text]) => el('option', { value, selected: String(value) === String(selected ?? '') }, text))

let fields = 0

/** Gives a control its label, and a hint that screen readers read after it. */
export function field(text, control, hint) {
  control.id ||= 'field-' + ++fields
  if (hint) control.setAttribute('aria-describedby', control.id + '-hint')
  return [
    el('label', { for: control.id }, text), hint && el('p', { class: 'quiet hint', id: control.id + '-hint' }, hint),
    control,
  ]
}

export const check = (text, control, attributes) => el('label', { class: 'check', ...attributes }, control, text)

/** Sets a text only if it is another one, so that a selection in it survives and nothing is read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** Makes a region's content anew if the data it shows have changed. The focus stays on the element with the same key. */
export function fill(region, data, make) {
  const shown = JSON.stringify(data)
  if (region.shown === shown) return
  region.shown = shown
  refill(region, ...make())
}

export function refill(region, ...children) {
  const active = document.activeElement
  const key = region.contains(active) ? active.dataset.key : undefined
  region.replaceChildren(...children.flat().filter((child) => child != null && child !== false))
  if (key) for (const next of region.querySelectorAll('[data-key]')) if (next.dataset.key === key) next.focus()
}

/** Shows one node for each item, in order. A node stays the same as long as its key is there. */
export function keyed(parent, items, keyOf, make, update) {
  const old = parent.nodes ?? new Map()
  const wanted = new Set(items.map(keyOf))
  for (const [key, node] of old) if (!wanted.has(key)) node.remove()
  parent.nodes = new Map()
  let place = parent.firstChild
  items.forEach((item, index) => {
    const key = keyOf(item)
    const node = old.get(key) ?? make(item)
    parent.nodes.set(key, node)
    update?.(node, item, index)
    if (node === place) place = place.nextSibling
    else parent.insertBefore(node, place)
  })
}

/** A form's listener: the browser itself never submits the form. */
export const submit = (work) => (event) => {
  event.preventDefault()
  return work()
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

/** Opens a modal dialog with a form and gives what `answer` makes of it, or null if it was cancelled. */
export function ask(title, body, { yes, no, danger, answer = () => true }) {
  return new Promise((resolve) => {
    const name = 'ask-' + ++fields
    const done = (value) => {
      dialog.close()
      dialog.remove()
      resolve(value)
    }
    const dialog = el('dialog', { 'aria-labelledby': name, oncancel: () => done(null) },
      el('form', { onsubmit: submit(() => done(answer())) }, el('h2', { id: name }, title), body,
        row(el('button', { class: danger ? 'danger' : 'primary' }, yes), button(no, () => done(null)))))
    document.body.append(dialog)
    dialog.showModal()
  })
}
