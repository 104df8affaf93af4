import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { FeatureCollection } from 'geojson'
import { get, rows } from '../../api/client'
import type { components } from '../../api/schema'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { heatColours } from '../../map/customers'
import { useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import { Trouble } from '../states'

type HeatSpot = components['schemas']['HeatSpot']

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }
const heatId = 'visits-heat'

/** Where visits began, on the map beside; and how many there are. */
export function Heat({ from }: { from: string }) {
  const { t } = useSpeech()
  const spots = useQuery({
    queryKey: ['visits', 'heat', from],
    queryFn: async () => rows(await get<HeatSpot[]>('/v1/reports/visit-heat', { from })),
  })
  const overlay = useMemo<Overlay>(() => ({
    id: heatId,
    source: { type: 'geojson', data: nothing },
    layers: [{
      id: `${heatId}-spots`, type: 'heatmap', source: heatId,
      paint: {
        'heatmap-weight': ['ln', ['+', 1, ['get', 'visits']]],
        'heatmap-intensity': ['interpolate', ['linear'], ['zoom'], 6, 0.4, 12, 1, 16, 1.6],
        'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 6, 12, 12, 24, 16, 48],
        'heatmap-opacity': 0.85, 'heatmap-color': heatColours,
      },
    }],
  }), [])
  const data = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: (spots.data ?? []).map((s) => ({
      type: 'Feature', properties: { visits: s.visits }, geometry: { type: 'Point', coordinates: [s.lon, s.lat] },
    })),
  }), [spots.data])
  useOverlay(overlay)
  useOverlayData(heatId, data, overlay)
  if (spots.isError) return <Trouble error={spots.error} retry={() => void spots.refetch()} />
  if (!spots.data) return null
  const visits = spots.data.reduce((n, s) => n + s.visits, 0)
  return (
    <p className="field-note" role="status">
      {visits === 0 ? t('work.noHeat') : t('work.heat', { n: count(visits), places: count(spots.data.length) })}
    </p>
  )
}
