// Reads a QR code (ISO/IEC 18004) off the dots of a canvas, as a camera would of a clean
// print: level M, versions 1 to 10, nothing to repair. What would need repair is a fault.
import assert from 'node:assert/strict'

// Of each version: check bytes of a block, and the data bytes of its blocks.
const blocksOf = [
  [10, [16]], [16, [28]], [26, [44]], [18, [32, 32]], [24, [43, 43]], [16, [27, 27, 27, 27]], [18, [31, 31, 31, 31]],
  [22, [38, 38, 39, 39]], [22, [36, 36, 36, 37, 37]], [26, [43, 43, 43, 43, 44]],
]
const alignedAt = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]
const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => x * y % 2 + x * y % 3,
  (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
]
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

// textOf is the text of the code that is drawn on a canvas; '' while nothing is drawn.
export async function textOf(canvas) {
  const { width, dots } = await canvas.evaluate((c) => {
    const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height)
    let dots = ''
    for (let i = 0; i < data.length; i += 4) dots += data[i + 3] > 127 && data[i] < 128 ? '1' : '0'
    return { width: c.width, dots }
  })
  const first = dots.indexOf('1') // the upper left corner of the first finder
  if (first < 0) return ''
  const [left, top] = [first % width, Math.floor(first / width)]
  const row = dots.slice(top * width, (top + 1) * width)
  const unit = (row.indexOf('0', left) - left) / 7
  const size = Math.round((row.lastIndexOf('1') - left + 1) / unit)
  assert.equal((size - 17) % 4, 0, `${size} modules`)
  const dark = (x, y) => Number(dots[Math.floor(top + (y + 0.5) * unit) * width + Math.floor(left + (x + 0.5) * unit)])
  return read(size, dark)
}

function read(size, dark) {
  const version = (size - 17) / 4
  let format = 0
  for (let i = 14; i >= 0; i--) format = format << 1 | dark(i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i, 8)
  format ^= 0x5412
  let rest = format
  for (let bit = 14; bit >= 10; bit--) if (rest >> bit & 1) rest ^= 0x537 << bit - 10
  assert.equal(rest, 0, 'format bits')
  assert.equal(format >> 13, 0, 'level M')
  const mask = masks[format >> 10 & 7]
  const own = ownOf(size, version)
  const bits = []
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) { // the sixth column is the clock's
    const upward = (right + 1 & 2) === 0
    for (let n = 0; n < size; n++) {
      const y = upward ? size - 1 - n : n
      for (const x of [right, right - 1]) if (!own(x, y)) bits.push(dark(x, y) ^ Number(mask(x, y) === 0))
    }
  }
  const bytes = Array.from({ length: bits.length >> 3 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(''), 2))
  return words(dataOf(bytes, version), version)
}

// ownOf tells which modules are the code's own marks and hold no data.
function ownOf(size, version) {
  const at = alignedAt[version - 1]
  const finder = (x, y) => x < 9 && y < 9 || x >= size - 8 && y < 9 || x < 9 && y >= size - 8
  const corner = (a, b) => a === 6 && (b === 6 || b === size - 7) || a === size - 7 && b === 6
  const aligned = (x, y) => at.some((a) => at.some((b) => !corner(a, b) && Math.abs(x - a) < 3 && Math.abs(y - b) < 3))
  const told = (x, y) => version > 6 && (y < 6 && x >= size - 11 && x < size - 8 || x < 6 && y >= size - 11 && y < size - 8)
  return (x, y) => x === 6 || y === 6 || finder(x, y) || aligned(x, y) || told(x, y)
}

// dataOf takes the blocks apart and asserts that each is a word of its Reed–Solomon code.
function dataOf(bytes, version) {
  const [checks, lengths] = blocksOf[version - 1]
  const blocks = lengths.map(() => [])
  let n = 0
  for (let i = 0; i < Math.max(...lengths); i++) lengths.forEach((l, b) => i < l && blocks[b].push(bytes[n++]))
  const data = blocks.flatMap((b) => [...b])
  for (let i = 0; i < checks; i++) for (const b of blocks) b.push(bytes[n++])
  let root = 1 // 2 to the power of k, in GF(256)
  for (let k = 0; k < checks; k++, root = times(root, 2)) {
    for (const b of blocks) assert.equal(b.reduce((sum, byte) => times(sum, root) ^ byte, 0), 0, 'an unharmed block')
  }
  return data
}

function times(a, b) {
  let product = 0
  for (; b > 0; b >>= 1, a = a << 1 ^ (a & 128 ? 0x11d : 0)) if (b & 1) product ^= a
  return product
}

function words(data, version) {
  const bits = data.map((b) => b.toString(2).padStart(8, '0')).join('')
  let at = 0
  const take = (n) => parseInt(bits.slice(at, at += n), 2)
  let text = ''
  while (bits.length - at >= 4) {
    const mode = take(4)
    if (mode === 0) break
    assert.ok([1, 2, 4].includes(mode), `mode ${mode}`)
    let left = take({ 1: version < 10 ? 10 : 12, 2: version < 10 ? 9 : 11, 4: version < 10 ? 8 : 16 }[mode])
    for (; left > 0; left -= { 1: 3, 2: 2, 4: 1 }[mode]) {
      if (mode === 4) text += String.fromCharCode(take(8))
      else if (mode === 1) text += String(take([4, 7, 10][Math.min(left, 3) - 1])).padStart(Math.min(left, 3), '0')
      else if (left === 1) text += letters[take(6)]
      else {
        const two = take(11)
        text += letters[Math.floor(two / 45)] + letters[two % 45]
      }
    }
  }
  return text
}
