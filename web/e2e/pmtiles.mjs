// The smallest PMTiles 3 archive: one vector tile at zoom 0, stored as it is.
// https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)])
const field = (tag, bytes) => [...varint((tag << 3) | 2), ...varint(bytes.length), ...bytes]
const number = (tag, n) => [...varint(tag << 3), ...varint(n)]
const words = (text) => [...Buffer.from(text)]
const zigzag = (n) => (n << 1) ^ (n >> 31)

// areaTile holds one square area: [x, y, side] in units of 4096.
function areaTile(layer, [x, y, side]) {
  const moves = [
    9, zigzag(x), zigzag(y), // to
    26, zigzag(side), 0, 0, zigzag(side), zigzag(-side), 0, // three lines
    15, // back
  ]
  const feature = [...number(1, 1), ...number(3, 3), ...field(4, moves.flatMap(varint))]
  return field(3, [...number(15, 2), ...field(1, words(layer)), ...field(2, feature), ...number(5, 4096)])
}

// pmtiles makes the file of a layer that covers a square of the world's only tile.
export function pmtiles({ layer, description, attribution, square }) {
  const tile = Buffer.from(areaTile(layer, square))
  const root = Buffer.from([1, 0, 1, ...varint(tile.length), 1])
  const metadata = Buffer.from(JSON.stringify({
    description, attribution, vector_layers: [{ id: layer, fields: {}, minzoom: 0, maxzoom: 0 }],
  }))
  const head = Buffer.alloc(127)
  head.write('PMTiles', 0, 'latin1')
  head[7] = 3
  const long = (at, n) => head.writeBigUInt64LE(BigInt(n), at)
  long(8, 127)
  long(16, root.length)
  long(24, 127 + root.length)
  long(32, metadata.length)
  long(40, 127 + root.length + metadata.length) // no leaves
  long(56, 127 + root.length + metadata.length)
  long(64, tile.length)
  long(72, 1)
  long(80, 1)
  long(88, 1)
  head.set([1, 1, 1, 1, 0, 0], 96) // clustered, neither packed, MVT, zooms 0 to 0
  head.writeInt32LE(-1800000000, 102)
  head.writeInt32LE(-850000000, 106)
  head.writeInt32LE(1800000000, 110)
  head.writeInt32LE(850000000, 114)
  return Buffer.concat([head, root, metadata, tile])
}
