import { useEffect, useState, type ReactNode } from 'react'
import { App, Popover, Segmented } from 'antd'
import { Circle, Clock3, Flame, Lasso, Printer, X } from 'lucide-react'
import type { LonLat } from '../../geo/datum'
import { distance } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { AreaLayer } from '../../map/areas/AreaLayer'
import { read, spell } from '../../map/areas/ring'
import { useDrawing, type Tool } from '../../map/areas/useDrawing'
import { showAll } from '../../map/camera'
import { useStage } from '../../map/context'
import { useFilter } from '../customers/filter'
import { useSelection } from '../selection'
import { reachable } from './reach'
import { LayerSwitch } from './Layers'
import { PrintSheet } from './PrintSheet'
import './maptools.css'

const minutes = [5, 10, 15, 20, 30] as const

/**
 * What one does on the map with the mouse or a finger: draw an area and so filter
 * list, count, export and map by it; see density; print.
 */
export function MapTools({ heat, onHeat }: { heat: boolean; onHeat: (on: boolean) => void }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const { set, value } = useFilter()
  const { select } = useSelection()
  const stage = useStage()
  const [tool, setTool] = useState<Tool | null>(null)
  const [reach, setReach] = useState<number>(15)
  const [busy, setBusy] = useState(false)
  const [printing, setPrinting] = useState(false)
  const area = read(value('polygon'))
  const choose = (next: Tool) => {
    select(null)
    setTool(tool === next ? null : next)
  }
  const around = async (at: LonLat) => {
    setBusy(true)
    try {
      const ring = await reachable(at, reach)
      set({ polygon: spell(ring) })
      if (stage) showAll(stage.map, ring)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    setBusy(false)
  }
  const draft = useDrawing(tool, (ring, at) => {
    setTool(null)
    if (ring) set({ polygon: spell(ring) })
    else void around(at)
  })
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key === 'Escape') setTool(null)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return (
    <>
      <div className="map-tools" role="toolbar" aria-label={t('tools.title')}>
        <Button word={t('tools.lasso')} on={tool === 'lasso'} onClick={() => choose('lasso')}>
          <Lasso size={18} aria-hidden />
        </Button>
        <Button word={t('tools.radius')} on={tool === 'radius'} onClick={() => choose('radius')}>
          <Circle size={18} aria-hidden />
        </Button>
        <Popover placement="left" open={tool === 'point'} content={
          <div className="reach">
            <p>{t('tools.reachHint')}</p>
            <Segmented size="small" value={reach} aria-label={t('tools.reach')}
              options={minutes.map((m) => ({ value: m, label: t('tools.minutes', { n: m }) }))}
              onChange={(m) => setReach(Number(m))} />
          </div>
        }>
          <span>
            <Button word={t('tools.reach')} on={tool === 'point'} busy={busy}
              onClick={() => choose('point')}>
              <Clock3 size={18} aria-hidden />
            </Button>
          </span>
        </Popover>
        <Button word={t('tools.heat')} on={heat} onClick={() => onHeat(!heat)}>
          <Flame size={18} aria-hidden />
        </Button>
        <LayerSwitch />
        <Button word={t('tools.print')} on={printing} onClick={() => setPrinting(true)}>
          <Printer size={18} aria-hidden />
        </Button>
        {area && (
          <Button word={t('tools.clear')} onClick={() => set({ polygon: null })}>
            <X size={18} aria-hidden />
          </Button>
        )}
      </div>
      {tool && (
        <p className="map-hint" role="status">
          {draft.radius > 0 ? distance(draft.radius) : t(`tools.${tool}Hint`)}
        </p>
      )}
      <AreaLayer id="area" ring={area} />
      <AreaLayer id="area-draft" ring={draft.ring} draft />
      {printing && <PrintSheet onClose={() => setPrinting(false)} />}
    </>
  )
}

function Button({ word, on, busy, onClick, children }: {
  word: string
  on?: boolean
  busy?: boolean
  onClick: () => void
  children: ReactNode
}) {
  return (
    <button type="button" className="map-tool" aria-pressed={on ?? undefined} aria-label={word}
      aria-busy={busy || undefined} disabled={busy} title={word} onClick={onClick}>
      {children}
    </button>
  )
}
