// Charts as SVG, drawn for the width they have. Each has a text for those who do not see it, and a table beside it.

import { day, number } from './text.js'

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value)
  element.append(...children.flat().filter((child) => child != null))
  return element
}

const text = (x, y, content, attributes) => svg('text', { x, y, ...attributes }, content)

/** A round number at or above a value, for the top of an axis. */
function roundUp(value) {
  const step = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return [1, 2, 5, 10].map((factor) => factor * step).find((each) => each >= value)
}

/** Two bars for each day: what came, and what was closed. */
export function dayBars(label, days, width) {
  const [left, right, top, height] = [40, 8, 10, 180]
  const most = roundUp(Math.max(1, ...days.flatMap((each) => [each.filed, each.closed])))
  const y = (value) => top + height - (value / most) * height
  const slot = (width - left - right) / days.length
  const every = Math.ceil(days.length / Math.max(2, Math.floor((width - left) / 70)))
  const bar = (index, value, at, kind) => svg('rect', {
    class: kind, x: left + index * slot + slot * (0.1 + 0.4 * at), width: Math.max(1, slot * 0.38), y: y(value),
    height: top + height - y(value),
  })
  return svg('svg', { class: 'chart', role: 'img', 'aria-label': label, width, height: top + height + 28 },
    [0, most / 2, most].map((value) => [
      svg('line', { x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      Number.isInteger(value) ? text(left - 6, y(value) + 4, number(value), { 'text-anchor': 'end' }) : null,
    ]).flat(),
    days.flatMap((each, index) => [bar(index, each.filed, 0, 'filed'), bar(index, each.closed, 1, 'done')]),
    days.map((each, index) => ((days.length - 1 - index) % every ? null
      : text(left + (index + 0.5) * slot, top + height + 20, day(each.day), { 'text-anchor': 'middle' }))))
}

/** One horizontal bar for each row {name, value, said}. */
export function rowBars(label, rows, width) {
  const most = Math.max(1, ...rows.map((each) => each.value ?? 0))
  const line = 48
  return svg('svg', { class: 'chart', role: 'img', 'aria-label': label, width, height: rows.length * line },
    rows.flatMap((each, index) => [
      text(0, index * line + 15, each.name.length > 40 ? each.name.slice(0, 39) + '…' : each.name),
      text(width, index * line + 15, each.said, { 'text-anchor': 'end' }),
      svg('rect', { class: 'track', x: 0, y: index * line + 22, width, height: 12, rx: 4 }),
      svg('rect', {
        class: 'filed', x: 0, y: index * line + 22, width: ((each.value ?? 0) / most) * width, height: 12, rx: 4,
      }),
    ]))
}
