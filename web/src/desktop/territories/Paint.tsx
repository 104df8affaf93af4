import { useEffect, useMemo, useRef, useState } from 'react'
import type { FeatureCollection } from 'geojson'
import type { MapMouseEvent, MapTouchEvent, Point } from 'maplibre-gl'
import { Select } from 'antd'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { useStage } from '../../map/context'
import { useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import { Trouble } from '../states'
import { useCommand } from './command'
import { useCells, type Cell, type ScenarioView } from './data'

/**
 * Gives cells to a person with a brush. Without a chosen person the brush takes the
 * one it is put down on: pressed in one territory and drawn over the border, it moves
 * the border. On the keyboard the arrows move the map and Enter gives the cell in its
 * middle.
 */
export function Paint({ scenario, people, chosen, onChoose }: {
  scenario: ScenarioView
  people: Person[]
  chosen: number | null
  onChoose: (id: number | null) => void
}) {
  const { t } = useSpeech()
  const stage = useStage()
  const { send } = useCommand(scenario)
  const cells = useCells(scenario.id, scenario.version, true)
  const [painted, setPainted] = useState<ReadonlySet<string>>(new Set())
  useGrid(cells.data, painted)
  const now = useRef({ cells: cells.data, chosen, send })
  useEffect(() => {
    now.current = { cells: cells.data, chosen, send }
  })
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    let brush: number | null = null
    let touched = new Set<string>()
    const cellAt = (at: Point): Cell | undefined => {
      const id = map.queryRenderedFeatures(at, { layers: ['paint-fill'] })[0]?.properties.id as string | undefined
      return now.current.cells?.find((c) => c.id === id)
    }
    const take = (at: Point) => {
      const cell = cellAt(at)
      if (!cell || brush === null || cell.person_id === brush || touched.has(cell.id)) return
      touched = new Set(touched).add(cell.id)
      setPainted(touched)
    }
    const down = (e: MapMouseEvent | MapTouchEvent) => {
      brush = now.current.chosen ?? cellAt(e.point)?.person_id ?? null
      if (brush === null) return
      map.dragPan.disable()
      touched = new Set()
      take(e.point)
    }
    const up = () => {
      map.dragPan.enable()
      const to = brush
      brush = null
      if (to === null || touched.size === 0) return
      void now.current.send('/moves', { cells: [...touched], to }).finally(() => setPainted(new Set()))
    }
    const move = (e: MapMouseEvent | MapTouchEvent) => {
      if (brush === null) return
      // The button may have been released beside the map, which does not hear of it.
      if (e.originalEvent instanceof MouseEvent && e.originalEvent.buttons === 0) up()
      else take(e.point)
    }
    const press = (e: KeyboardEvent) => {
      if (e.key !== 'Enter' || document.activeElement !== map.getCanvas() || now.current.chosen === null) return
      brush = now.current.chosen
      touched = new Set()
      take(map.project(map.getCenter()))
      up()
    }
    map.getCanvas().style.cursor = 'cell'
    const heard = [
      map.on('mousedown', down), map.on('mousemove', move), map.on('mouseup', up),
      map.on('touchstart', down), map.on('touchmove', move), map.on('touchend', up),
    ]
    addEventListener('keydown', press)
    return () => {
      for (const h of heard) h.unsubscribe()
      removeEventListener('keydown', press)
      map.dragPan.enable()
      map.getCanvas().style.cursor = ''
    }
  }, [stage])
  return (
    <div className="areas-hint-row">
      {cells.isError && <Trouble error={cells.error} retry={() => void cells.refetch()} />}
      <p className="areas-hint" role="status">{t(cells.isPending ? 'state.loading' : 'areas.paintHint')}</p>
      <Select<number | null> size="small" allowClear value={chosen} placeholder={t('areas.brush')}
        aria-label={t('areas.brush')} style={{ minWidth: 140 }} onChange={(id) => onChoose(id ?? null)}
        options={scenario.members.map((m) => ({
          value: m.person_id, label: people.find((p) => p.id === m.person_id)?.name ?? String(m.person_id),
        }))} />
    </div>
  )
}

/** Draws the cells, those under the brush filled. */
function useGrid(cells: Cell[] | undefined, painted: ReadonlySet<string>) {
  const overlay = useMemo<Overlay>(() => ({
    id: 'paint',
    source: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    layers: [
      {
        id: 'paint-fill', type: 'fill', source: 'paint',
        paint: { 'fill-color': '#0F766E', 'fill-opacity': ['case', ['get', 'on'], 0.55, 0] },
      },
      {
        id: 'paint-line', type: 'line', source: 'paint',
        paint: { 'line-color': '#0F766E', 'line-width': 0.6, 'line-opacity': 0.45 },
      },
    ],
  }), [])
  const data = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: (cells ?? []).map((c) => ({
      type: 'Feature', geometry: { type: 'Polygon', coordinates: [c.ring] },
      properties: { id: c.id, on: painted.has(c.id) },
    })),
  }), [cells, painted])
  useOverlay(overlay)
  useOverlayData('paint', data, overlay)
}
