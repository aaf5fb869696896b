// A long list of which only the rows near the window exist. All rows have the same height, which the style sheet sets.

import { el } from './dom.js'

const spare = 8

/**
 * `make(key)` makes a row, `update(row, key)` brings it up to date, `near()` is called when the end of the list is near.
 * A row stays the same element as long as it is near, and the row that has the focus always does.
 */
export class Rows {
  keys = []
  nodes = new Map()

  constructor(label, make, update, near) {
    Object.assign(this, { make, update, near })
    this.list = el('ol.rows', { 'aria-label': label })
    const soon = () => (this.frame ??= requestAnimationFrame(() => this.draw()))
    // Scrolling happens in the pane on a wide screen, in the page on a narrow one.
    addEventListener('scroll', soon, { capture: true, passive: true })
    addEventListener('resize', () => {
      this.height = 0
      soon()
    })
    // Paper has no window.
    addEventListener('beforeprint', () => this.draw(1000))
  }

  /** The height of a row in pixels; it follows the size of the text. */
  rowHeight() {
    if (this.height) return this.height
    const probe = el('li')
    this.list.append(probe)
    this.height = probe.offsetHeight
    probe.remove()
    return this.height
  }

  show(keys) {
    this.keys = keys
    this.draw()
  }

  renew(key) {
    if (this.nodes.has(key)) this.update(this.nodes.get(key), key)
  }

  pane() {
    const pane = this.list.closest('section')
    return getComputedStyle(pane).overflowY === 'auto' ? pane : document.scrollingElement
  }

  /** The number of rows above the window. */
  above() {
    const top = Math.max(0, this.pane().getBoundingClientRect().top)
    return Math.max(0, Math.floor((top - this.list.getBoundingClientRect().top) / this.rowHeight()))
  }

  /** Scrolls so that the rows in the window stay where they are although others came or went above them. */
  shift(count) {
    this.list.style.height = this.keys.length * this.rowHeight() + 'px'
    this.pane().scrollTop += count * this.rowHeight()
  }

  draw(atLeast = 0) {
    cancelAnimationFrame(this.frame)
    this.frame = null
    if (!this.list.isConnected || this.list.checkVisibility?.() === false) return
    const { keys, nodes } = this
    const height = this.rowHeight()
    this.list.style.height = keys.length * height + 'px'
    const { top } = this.list.getBoundingClientRect()
    const first = atLeast ? 0 : Math.max(0, Math.floor(-top / height) - spare)
    const last = Math.min(keys.length, Math.max(atLeast, Math.ceil((innerHeight - top) / height) + spare))
    const wanted = new Map(keys.slice(first, last).map((key, index) => [key, first + index]))
    const held = this.held()
    if (held && !wanted.has(held) && keys.includes(held)) wanted.set(held, keys.indexOf(held))
    for (const [key, node] of nodes) {
      if (wanted.has(key)) continue
      node.remove()
      nodes.delete(key)
    }
    let place = this.list.firstChild
    for (const [key, index] of [...wanted].sort((a, b) => a[1] - b[1])) {
      if (!nodes.has(key)) nodes.set(key, Object.assign(this.make(key), { key }))
      const node = nodes.get(key)
      this.update(node, key)
      if (node.index !== index || node.total !== keys.length || node.height !== height) {
        Object.assign(node, { index, total: keys.length, height })
        node.style.transform = `translateY(${index * height}px)`
        node.setAttribute('aria-posinset', index + 1)
        node.setAttribute('aria-setsize', keys.length)
      }
      if (node === place) place = place.nextSibling
      else this.list.insertBefore(node, place)
    }
    if (last > keys.length - 30) this.near()
  }

  /** The key of the row that has the focus. */
  held() {
    return this.list.contains(document.activeElement) ? document.activeElement.closest('li').key : null
  }

  /** Puts the focus on the link of a row, and the row into the window. */
  focus(index) {
    if (!this.keys.length) return
    const place = Math.max(0, Math.min(this.keys.length - 1, index))
    const height = this.rowHeight()
    const target = this.list.getBoundingClientRect().top + place * height
    const [low, high] = [this.pane().getBoundingClientRect().top + 60, innerHeight - height - 70]
    this.pane().scrollTop += Math.min(0, target - low) + Math.max(0, target - high)
    this.draw()
    this.nodes.get(this.keys[place])?.querySelector('a').focus({ preventScroll: true })
  }
}
