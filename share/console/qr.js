// QR codes (ISO/IEC 18004) for addresses: bytes, level M, mask 0, versions 1 to 6, so up to 106 bytes.

import { svg } from './chart.js'

/** For each version: codewords of data, codewords of error correction in a block, blocks. */
const versions = [[16, 10, 1], [28, 16, 1], [44, 26, 1], [64, 18, 2], [86, 24, 2], [108, 16, 4]]

/** The format of level M with mask 0, with its BCH code. */
const format = 0x5412

/** The product in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1. */
function times(a, b) {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a)
  return product
}

/** The Reed-Solomon remainder of data. */
function correction(data, length) {
  const divisor = Array(length).fill(0).with(-1, 1)
  for (let root = 1, step = 0; step < length; step++, root = times(root, 2)) {
    for (let at = 0; at < length; at++) divisor[at] = times(divisor[at], root) ^ (divisor[at + 1] ?? 0)
  }
  const rest = Array(length).fill(0)
  for (const byte of data) {
    const factor = byte ^ rest.shift()
    rest.push(0)
    divisor.forEach((each, at) => (rest[at] ^= times(each, factor)))
  }
  return rest
}

/** All codewords, the blocks interleaved. */
function codewords(bytes, [room, length, count]) {
  const bits = (value, width) => value.toString(2).padStart(width, '0')
  const stream = ('0100' + [bytes.length, ...bytes].map((each) => bits(each, 8)).join('') + '0000').slice(0, room * 8)
  const data = stream.match(/.{8}/g).map((each) => parseInt(each, 2))
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad)
  const blocks = Array.from({ length: count }, (_, at) => data.slice((at * room) / count, ((at + 1) * room) / count))
  const mixed = (parts) => parts[0].flatMap((_, at) => parts.map((part) => part[at]))
  return [...mixed(blocks), ...mixed(blocks.map((block) => correction(block, length)))]
}

/** The modules of the symbol, row by row; null if the text is too long. */
function qrModules(text) {
  const bytes = [...new TextEncoder().encode(text)]
  const version = versions.findIndex(([room]) => bytes.length + 2 <= room)
  if (version < 0) return null
  const words = codewords(bytes, versions[version])
  const size = 21 + 4 * version
  const modules = Array.from({ length: size }, () => Array(size).fill(null))
  const set = (x, y, isDark) => {
    if (modules[y]?.[x] !== undefined) modules[y][x] = !!isDark
  }
  const square = (x, y, radius, light) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx),
        Math.abs(dy))))
    }
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4])
  if (version) square(size - 7, size - 7, 2, [1])
  // The format stands twice: around the first corner, and along the two others.
  for (let at = 0; at < 15; at++) {
    const bit = (format >> at) & 1
    set(at < 8 ? 8 : at === 8 ? 7 : 14 - at, at < 6 ? at : at < 8 ? at + 1 : 8, bit)
    set(at < 8 ? size - 1 - at : 8, at < 8 ? 8 : size - 15 + at, bit)
  }
  set(8, size - 8, true)
  let bit = 0
  const isFree = modules.map((line) => line.map((module) => module === null))
  for (let right = size - 1; right >= 1; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step++) {
      const y = (right + 1) & 2 ? step : size - 1 - step
      for (const x of [right, right - 1]) {
        if (!isFree[y][x]) continue
        const isDark = (words[bit >> 3] >> (7 - (bit & 7))) & 1
        bit++
        modules[y][x] = !!isDark !== ((x + y) % 2 === 0)
      }
    }
  }
  return modules
}

export function qrCode(text, label) {
  const modules = qrModules(text) ?? []
  const size = modules.length + 8
  const path = modules.flatMap((line, y) => line.map((isDark,
    x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join('')
  return svg('svg', { role: 'img', 'aria-label': label, viewBox: `0 0 ${size} ${size}`,
    'shape-rendering': 'crispEdges' },
    svg('rect', { width: size, height: size, fill: '#fff' }), svg('path', { d: path }))
}
