import type { Map } from 'maplibre-gl'
import type { Mark } from '../customers/marks'

/** What stands on the sheet beside the map. */
export interface Sheet {
  title: string
  date: string
  legend: Mark[]
  attribution: string
}

/** The map as it stands, read in the frame in which it was drawn. */
export function pictureOf(map: Map): Promise<HTMLCanvasElement> {
  return new Promise((resolve) => {
    map.once('render', () => {
      const drawn = map.getCanvas()
      const copy = document.createElement('canvas')
      copy.width = drawn.width
      copy.height = drawn.height
      copy.getContext('2d')?.drawImage(drawn, 0, 0)
      resolve(copy)
    })
    map.triggerRepaint()
  })
}

const edge = 24
const head = 56

/** Map, title, legend and attribution as one PNG, on white whatever the theme. */
export function drawSheet(map: HTMLCanvasElement, sheet: Sheet): string {
  const scale = map.width / Math.max(1, map.clientWidth || map.width / devicePixelRatio)
  const canvas = document.createElement('canvas')
  const columns = Math.max(1, Math.floor((map.width / scale - edge) / 150))
  const foot = 24 + Math.ceil(sheet.legend.length / columns) * 20
  canvas.width = map.width + 2 * edge * scale
  canvas.height = map.height + (head + foot + edge) * scale
  const pen = canvas.getContext('2d')
  if (!pen) return ''
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(map, edge * scale, head * scale)
  pen.scale(scale, scale)
  const width = canvas.width / scale
  pen.fillStyle = '#1f2933'
  pen.font = '600 18px system-ui, "Noto Sans SC", sans-serif'
  pen.fillText(sheet.title, edge, 34)
  pen.font = '13px system-ui, "Noto Sans SC", sans-serif'
  pen.textAlign = 'right'
  pen.fillText(sheet.date, width - edge, 34)
  const top = head + map.height / scale + 20
  pen.textAlign = 'left'
  sheet.legend.forEach((mark, i) => {
    const [x, y] = [edge + (i % columns) * 150, top + Math.floor(i / columns) * 20]
    pen.fillStyle = mark.fill
    pen.beginPath()
    pen.arc(x + 6, y - 4, 5, 0, 2 * Math.PI)
    pen.fill()
    pen.fillStyle = '#1f2933'
    pen.fillText(mark.word, x + 18, y, 126)
  })
  pen.textAlign = 'right'
  pen.font = '11px system-ui, sans-serif'
  pen.fillText(sheet.attribution, width - edge, canvas.height / scale - 8)
  return canvas.toDataURL('image/png')
}

/** Whose maps are shown, approval number included, as the corner of the map says it. */
export function creditsOf(map: Map): string {
  const shown = map.getContainer().querySelector('.maplibregl-ctrl-attrib-inner')?.textContent
  return shown?.trim() || '© OpenStreetMap contributors'
}
