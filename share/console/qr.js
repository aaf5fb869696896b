// QR codes (ISO/IEC 18004) for addresses: bytes, level M, versions 1 to 6, so up to 106 bytes.

import { svg } from './chart.js'

/** For each version: codewords of data, codewords of error correction in a block, blocks. */
const versions = [[16, 10, 1], [28, 16, 1], [44, 26, 1], [64, 18, 2], [86, 24, 2], [108, 16, 4]]

/** The product in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1. */
function times(a, b) {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a)
  return product
}

/** The Reed-Solomon remainder of data. */
function correction(data, length) {
  const divisor = Array(length).fill(0)
  divisor[length - 1] = 1
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

/** All codewords in their order on the symbol; null if the text is too long. */
function codewords(text) {
  const bytes = [...new TextEncoder().encode(text)]
  const version = versions.findIndex(([room]) => bytes.length + 2 <= room)
  if (version < 0) return null
  const [room, length, blocks] = versions[version]
  const bits = ['0100']
  for (const byte of [bytes.length, ...bytes]) bits.push(byte.toString(2).padStart(8, '0'))
  const stream = (bits.join('') + '0000').slice(0, room * 8)
  const data = (stream.padEnd(Math.ceil(stream.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((each) => parseInt(each, 2))
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad)
  const each = Array.from({ length: blocks }, (_, at) => data.slice((at * room) / blocks, ((at + 1) * room) / blocks))
  const checks = each.map((block) => correction(block, length))
  const mixed = (parts) => parts[0].flatMap((_, at) => parts.map((part) => part[at]))
  return { version: version + 1, words: [...mixed(each), ...mixed(checks)] }
}

/** The modules of the symbol, row by row; null if the text is too long. */
export function qrModules(text) {
  const found = codewords(text)
  if (!found) return null
  const { version, words } = found
  const size = 17 + 4 * version
  const modules = Array.from({ length: size }, () => Array(size).fill(null))
  const set = (x, y, isDark) => {
    if (modules[y]?.[x] !== undefined) modules[y][x] = !!isDark
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  const square = (x, y, radius, light) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))))
    }
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4])
  if (version > 1) square(size - 7, size - 7, 2, [1])
  drawFormat(set, size)
  const reserved = modules.map((line) => line.map((module) => module !== null))
  let bit = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step
        if (reserved[y][x]) continue
        const isDark = ((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
        bit++
        // Mask 0: every second module is inverted.
        modules[y][x] = !!isDark !== ((x + y) % 2 === 0)
      }
    }
  }
  return modules
}

/** Level M and mask 0, twice, with its BCH code. */
function drawFormat(set, size) {
  const format = 0x5412
  const bit = (at) => (format >> at) & 1
  for (let at = 0; at < 6; at++) set(8, at, bit(at))
  set(8, 7, bit(6))
  set(8, 8, bit(7))
  set(7, 8, bit(8))
  for (let at = 9; at < 15; at++) set(14 - at, 8, bit(at))
  for (let at = 0; at < 8; at++) set(size - 1 - at, 8, bit(at))
  for (let at = 8; at < 15; at++) set(8, size - 15 + at, bit(at))
  set(8, size - 8, true)
}

export function qrCode(text, label) {
  const modules = qrModules(text)
  if (!modules) return ''
  const size = modules.length + 8
  const path = modules.flatMap((line, y) => line.map((isDark, x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join('')
  return svg('svg', { role: 'img', 'aria-label': label, viewBox: `0 0 ${size} ${size}`, 'shape-rendering': 'crispEdges' },
    svg('rect', { width: size, height: size, fill: '#fff' }), svg('path', { d: path, fill: '#000' }))
}
