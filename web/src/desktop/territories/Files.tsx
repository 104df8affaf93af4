import { useRef, useState } from 'react'
import { Button, Segmented } from 'antd'
import { Download, Upload } from 'lucide-react'
import { useQueryClient } from '@tanstack/react-query'
import type { FeatureCollection } from 'geojson'
import { ApiError, post } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { root, type ScenarioView } from './data'

const formats = ['geojson', 'kml', 'shapefile', 'assignments', 'figures'] as const

/** A file may be this large; whole countries of detailed outlines are no territories. */
const mostBytes = 15e6

/** Takes a scenario away as a file, and a file of areas or assignments in. */
export function Files({ scenario, editable }: { scenario: ScenarioView; editable: boolean }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [datum, setDatum] = useState('wgs84')
  const [faults, setFaults] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const read = async (file: File) => {
    setBusy(true)
    setFaults([])
    try {
      if (file.size > mostBytes) throw new Error(t('areas.fileLarge', { mb: Math.round(file.size / 1e6) }))
      const { version } = scenario
      if (file.name.toLowerCase().endsWith('.csv')) {
        await post(`${root}/${scenario.id}/assignments`, { version, csv: await file.text() })
      } else {
        await post(`${root}/${scenario.id}/areas`, { version, datum, areas: await areasOf(file) })
      }
    } catch (e) {
      const rows = e instanceof ApiError ? e.fields.map((f) => f.message) : []
      setFaults([e instanceof ApiError ? sentence(e, lookup, language) : t('areas.fileUnread', { why: String((e as Error).message) }), ...rows])
    }
    await client.invalidateQueries({ queryKey: ['territory'] })
    setBusy(false)
  }
  return (
    <details className="areas-fold">
      <summary>{t('areas.files')}</summary>
      <div className="areas-files">
        <div className="areas-files-row">
          <span>{t('areas.export')}</span>
          {formats.filter((f) => f !== 'assignments' || may('customers.export')).map((f) => (
            <Button key={f} size="small" icon={<Download size={14} aria-hidden />} download
              href={`${root}/${scenario.id}/export/${f}`}>{t(`areas.format.${f}`)}</Button>
          ))}
        </div>
        {editable && (
          <div className="areas-files-row">
            <span>{t('areas.import')}</span>
            <Segmented size="small" value={datum} onChange={setDatum} aria-label={t('areas.datum')}
              options={[{ value: 'wgs84', label: 'WGS-84' }, { value: 'gcj02', label: 'GCJ-02' }, { value: 'bd09', label: 'BD-09' }]} />
            <Button size="small" loading={busy} icon={<Upload size={14} aria-hidden />}
              onClick={() => input.current?.click()}>{t('areas.importDo')}</Button>
            <input ref={input} type="file" hidden accept=".geojson,.json,.kml,.zip,.csv" aria-label={t('areas.importDo')}
              onChange={(e) => {
                const file = e.target.files?.[0]
                e.target.value = ''
                if (file) void read(file)
              }} />
          </div>
        )}
        {faults.length > 0 && <ul role="alert">{faults.map((f) => <li key={f}>{f}</li>)}</ul>}
      </div>
    </details>
  )
}

/** Reads GeoJSON, KML or a zipped Shapefile. The libraries come only when needed. */
async function areasOf(file: File): Promise<FeatureCollection> {
  const name = file.name.toLowerCase()
  if (name.endsWith('.zip')) {
    const { default: shp } = await import('shpjs')
    const found = await shp(await file.arrayBuffer())
    const layers = Array.isArray(found) ? found : [found]
    return { type: 'FeatureCollection', features: layers.flatMap((l) => l.features) } as FeatureCollection
  }
  if (name.endsWith('.kml')) {
    const { kml } = await import('@tmcw/togeojson')
    return unwrapped(kml(new DOMParser().parseFromString(await file.text(), 'text/xml')) as FeatureCollection)
  }
  return JSON.parse(await file.text()) as FeatureCollection
}

/** KML puts several polygons of one place into a collection. */
function unwrapped(found: FeatureCollection): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: found.features.map((f) => {
      if (f.geometry?.type !== 'GeometryCollection') return f
      const parts = f.geometry.geometries.flatMap((g) => (g.type === 'Polygon' ? [g.coordinates] : []))
      return { ...f, geometry: { type: 'MultiPolygon', coordinates: parts } }
    }),
  }
}
