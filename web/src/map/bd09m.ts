/**
 * Baidu's tiles, redrawn onto the grid that the map uses.
 *
 * Baidu projects BD-09 by a Mercator of its own (a polynomial for each band of
 * latitude, as its open libraries publish it) and numbers tiles from the equator and
 * the meridian of Greenwich, 256 pixels of 2^(18-z) units each. Columns are linear in
 * longitude in both grids, rows are not: a tile is drawn in strips, each thin enough
 * that the stretch within it is below a tenth of a pixel.
 */

const bands = [75, 60, 45, 30, 15, 0] as const

const terms = [
  [-0.0015702102444, 111320.7020616939, 1704480524535203, -10338987376042340, 26112667856603880,
    -35149669176653700, 26595700718403920, -10725012454188240, 1800819912950474, 82.5],
  [0.0008277824516172526, 111320.7020463578, 647795574.6671607, -4082003173.641316, 10774905663.51142,
    -15171875531.51559, 12053065338.62167, -5124939663.577472, 913311935.9512032, 67.5],
  [0.00337398766765, 111320.7020202162, 4481351.045890365, -23393751.19931662, 79682215.47186455,
    -115964993.2797253, 97236711.15602145, -43661946.33752821, 8477230.501135234, 52.5],
  [0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245, 992013.7397791013,
    -1221952.21711287, 1340652.697009075, -620943.6990984312, 144416.9293806241, 37.5],
  [-0.0003441963504368392, 111320.7020576856, 278.2353980772752, 2485758.690035394, 6070.750963243378,
    54821.18345352118, 9540.606633304236, -2710.55326746645, 1405.483844121726, 22.5],
  [-0.0003218135878613132, 111320.7020701615, 0.00369383431289, 823725.6402795718, 0.46104986909093,
    2351.343141331292, 1.58060784298199, 8.77738589078284, 0.37238884252424, 7.45],
] as const

/** A longitude and latitude of BD-09 on Baidu's plane, in its metres. */
export function plane(lon: number, lat: number): [number, number] {
  const north = Math.min(74, Math.abs(lat))
  const t = terms[bands.findIndex((b) => north >= b)] ?? terms[5]
  const x = t[0] + t[1] * Math.abs(lon)
  const f = north / t[9]
  let y = 0
  for (let i = 8; i >= 2; i--) y = y * f + (t[i] ?? 0)
  return [lon < 0 ? -x : x, lat < 0 ? -y : y]
}

/** One stretch of rows of a tile and where it lies on the picture of Baidu's tiles. */
export interface Strip {
  top: number
  rows: number
  from: number
  height: number
}

/** What draws a tile: Baidu's tiles by column and row, and the strips cut from them. */
export interface Recipe {
  zoom: number
  columns: [number, number]
  rows: [number, number]
  left: number
  width: number
  strips: Strip[]
}

const side = 256
const stripRows = 16

/** How the tile z/x/y of the Web Mercator grid, in BD-09, is made of Baidu's tiles. */
export function recipe(z: number, x: number, y: number): Recipe {
  const zoom = Math.min(19, z + 1)
  const unit = 2 ** (18 - zoom)
  const lon = (column: number) => (column / 2 ** z) * 360 - 180
  const lat = (row: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / 2 ** z))) * 180) / Math.PI
  // Pixels of Baidu's whole picture: x grows east, y grows north.
  const at = (row: number): number => plane(0, lat(row))[1] / unit
  const [west, east] = [plane(lon(x), 0)[0] / unit, plane(lon(x + 1), 0)[0] / unit]
  const [north, south] = [at(y), at(y + 1)]
  const tile = (pixel: number) => Math.floor(pixel / side)
  const columns: [number, number] = [tile(west), tile(east)]
  const rows: [number, number] = [tile(south), tile(north)]
  const top = (rows[1] + 1) * side
  const strips: Strip[] = []
  for (let r = 0; r < side; r += stripRows) {
    const [a, b] = [at(y + r / side), at(y + (r + stripRows) / side)]
    strips.push({ top: r, rows: stripRows, from: top - a, height: a - b })
  }
  return { zoom, columns, rows, left: west - columns[0] * side, width: east - west, strips }
}

const name = (n: number) => (n < 0 ? `M${-n}` : String(n))

/** Answers bd09m://z/x/y/<template>, the address of a tile of the map. */
export async function bd09m(
  request: { url: string }, abort: AbortController,
): Promise<{ data: ArrayBuffer }> {
  const [, z, x, y, template] = /^bd09m:\/\/(\d+)\/(\d+)\/(\d+)\/(.*)$/.exec(request.url) ?? []
  const r = recipe(Number(z), Number(x), Number(y))
  const address = decodeURIComponent((template ?? '').replace(/\+/g, '%20'))
  const [wide, high] = [r.columns[1] - r.columns[0] + 1, r.rows[1] - r.rows[0] + 1]
  const picture = new OffscreenCanvas(wide * side, high * side)
  const pen = picture.getContext('2d')
  const out = new OffscreenCanvas(side, side)
  const ink = out.getContext('2d')
  if (!pen || !ink) throw new Error('no canvas')
  const wanted: Promise<void>[] = []
  for (let c = r.columns[0]; c <= r.columns[1]; c++) {
    for (let row = r.rows[0]; row <= r.rows[1]; row++) {
      const url = address.replace('{z}', String(r.zoom)).replace('{x}', name(c)).replace('{y}', name(row))
      wanted.push((async () => {
        const answer = await fetch(url, { signal: abort.signal, credentials: 'omit' })
        if (!answer.ok) return
        const tile = await createImageBitmap(await answer.blob())
        pen.drawImage(tile, (c - r.columns[0]) * side, (r.rows[1] - row) * side, side, side)
      })())
    }
  }
  await Promise.all(wanted)
  for (const s of r.strips) ink.drawImage(picture, r.left, s.from, r.width, s.height, 0, s.top, side, s.rows)
  return { data: await (await out.convertToBlob()).arrayBuffer() }
}
