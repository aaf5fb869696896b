// A long list of which only the rows near the window exist. All rows have the same height, which the style sheet sets.

import { el } from './dom.js'

const spare = 8

/**
 * The rows of `items()`, each made by `make(item)` and kept up to date by `update(node, item)`. A row keeps its node as
 * long as it is near, and the row that has the focus always does. `near` is called when the end of the list is near.
 */
export class Rows {
  constructor({ keyOf, make, update, near, label }) {
    Object.assign(this, { keyOf, make, update, near })
    this.items = []
    this.nodes = new Map()
    this.list = el('ol', { class: 'rows', 'aria-label': label })
    this.draw = this.draw.bind(this)
    const soon = () => (this.frame ??= requestAnimationFrame(this.draw))
    // Scrolling happens in the pane on a wide screen, in the page on a narrow one.
    addEventListener('scroll', soon, { capture: true, passive: true })
    addEventListener('resize', () => {
      this.height = 0
      soon()
    })
  }

  /** The height of a row in pixels; it follows the size of the text. */
  rowHeight() {
    if (this.height) return this.height
    const probe = el('li', { class: 'measure' })
    this.list.append(probe)
    this.height = probe.offsetHeight
    probe.remove()
    return this.height || 100
  }

  show(items) {
    this.items = items
    this.draw()
  }

  /** Shows one item anew, if it has a row. */
  renew(item) {
    const node = this.nodes.get(this.keyOf(item))
    if (node) this.update(node, item)
  }

  /** The number of rows that end above the window. */
  above() {
    return Math.max(0, Math.floor((this.viewTop() - this.list.getBoundingClientRect().top) / this.rowHeight()))
  }

  viewTop() {
    const pane = this.list.closest('section')
    return Math.max(0, pane && getComputedStyle(pane).overflowY === 'auto' ? pane.getBoundingClientRect().top : 0)
  }

  /** Scrolls so that the rows in the window stay where they are although others came above them. */
  shift(count) {
    const pane = this.list.closest('section')
    const scroller = getComputedStyle(pane).overflowY === 'auto' ? pane : document.scrollingElement
    // The list must have its new height before it can scroll there.
    this.list.style.height = this.items.length * this.rowHeight() + 'px'
    scroller.scrollTop += count * this.rowHeight()
  }

  draw() {
    cancelAnimationFrame(this.frame)
    this.frame = null
    if (!this.list.isConnected || !this.list.checkVisibility()) return
    const height = this.rowHeight()
    const count = this.items.length
    this.list.style.height = count * height + 'px'
    const top = this.list.getBoundingClientRect().top
    const first = Math.max(0, Math.floor(-top / height) - spare)
    const last = Math.min(count, Math.ceil((innerHeight - top) / height) + spare)
    const wanted = new Map()
    const held = this.list.contains(document.activeElement) ? document.activeElement.closest('li') : null
    for (let index = first; index < last; index++) wanted.set(this.keyOf(this.items[index]), index)
    if (held && !wanted.has(held.key)) {
      const index = this.items.findIndex((item) => this.keyOf(item) === held.key)
      if (index >= 0) wanted.set(held.key, index)
    }
    for (const [key, node] of this.nodes) {
      if (wanted.has(key)) continue
      node.remove()
      this.nodes.delete(key)
    }
    let place = this.list.firstChild
    for (const [key, index] of [...wanted].sort((a, b) => a[1] - b[1])) {
      const item = this.items[index]
      let node = this.nodes.get(key)
      if (!node) {
        node = this.make(item)
        node.key = key
        this.nodes.set(key, node)
      }
      this.update(node, item)
      if (node.index !== index) {
        node.index = index
        node.style.transform = `translateY(${index * height}px)`
        node.setAttribute('aria-posinset', index + 1)
      }
      if (node.size !== count) node.setAttribute('aria-setsize', node.size = count)
      if (node === place) place = place.nextSibling
      else this.list.insertBefore(node, place)
    }
    if (last > count - 30) this.near()
  }

  /** Puts the focus on the link of an item, and its row into the window. */
  focus(index) {
    if (index < 0 || index >= this.items.length) return
    const height = this.rowHeight()
    const target = this.list.getBoundingClientRect().top + index * height
    const [low, high] = [this.viewTop() + 60, innerHeight - height - 70]
    if (target < low || target > high) {
      const pane = this.list.closest('section')
      const scroller = getComputedStyle(pane).overflowY === 'auto' ? pane : document.scrollingElement
      scroller.scrollTop += target < low ? target - low : target - high
      this.draw()
    }
    this.nodes.get(this.keyOf(this.items[index]))?.querySelector('a')?.focus({ preventScroll: true })
  }
}
