// Charts as SVG, drawn for the width they have. Each has a label for those who do not see it, and a table beside it.

import { day, number } from './text.js'

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children.flat(2))
  return element
}

const text = (x, y, content, anchor = 'start') => svg('text', { x, y, 'text-anchor': anchor }, content)
const frame = (label, width, height, ...children) =>
  svg('svg', { class: 'chart', role: 'img', 'aria-label': label, width, height }, ...children)

/** Two bars for each day: what was filed, and what was closed. */
export function dayBars(label, days, width) {
  const [left, top, height] = [40, 10, 180]
  const highest = Math.max(1, ...days.map((each) => Math.max(each.filed, each.closed)))
  // The axis ends at 1, 2 or 5 times a power of ten.
  const power = 10 ** Math.floor(Math.log10(highest))
  const most = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= highest)
  const y = (value) => top + height - (value / most) * height
  const slot = (width - left - 16) / days.length
  const every = Math.ceil(days.length / Math.max(2, Math.floor(width / 80)))
  const bar = (index, value, offset, name) => svg('rect', {
    class: name, x: left + slot * (index + offset), y: y(value), width: Math.max(1, slot * 0.38),
      height: top + height - y(value),
  })
  return frame(label, width, top + height + 28,
    [0, most / 2, most].map((value) => [svg('line', { x1: left, x2: width, y1: y(value), y2: y(value) }),
      Number.isInteger(value) ? text(left - 6, y(value) + 4, number(value), 'end') : '']),
    days.map((each, index) => [bar(index, each.filed, 0.1, 'filed'), bar(index, each.closed, 0.5, 'done'),
      (days.length - 1 - index) % every ? '' : text(left + (index + 0.5) * slot, top + height + 20, day(each.day),
        'middle')]))
}

/** One bar for each row `[name, value, text]`. */
export function rowBars(label, rows, width) {
  const most = Math.max(1, ...rows.map(([, value]) => value ?? 0))
  const bar = (name, index, width) => svg('rect', { class: name, y: index * 48 + 22, width, height: 12, rx: 4 })
  return frame(label, width, rows.length * 48, rows.map(([name, value, said], index) => [
    text(0, index * 48 + 15, name.length > 34 ? name.slice(0, 33) + '…' : name), text(width, index * 48 + 15, said,
      'end'),
    bar('track', index, width), bar('filed', index, ((value ?? 0) / most) * width),
  ]))
}
