import { useMemo } from 'react'
import { Checkbox, Popover, Radio, Select } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { Layers as Stack } from 'lucide-react'
import { get, rows } from '../../api/client'
import type { components } from '../../api/schema'
import { usePeople } from '../../api/queries'
import type { Permission } from '../../api/types'
import { count as figure } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useBase } from '../../map/base'
import { datumParameter } from '../../map/datum'
import { useStage } from '../../map/context'
import {
  CountLayer, FileLayer, ShapeLayer, densitySteps, layerNames, type LayerName,
} from '../../map/layers'
import { useSession } from '../../session/session'
import { useTheme } from '../../theme/theme'
import { useFilter } from '../customers/filter'
import { useUrl } from '../url'

const needs: Record<LayerName, Permission> = {
  territories: 'territories.read', regions: 'customers.read', coverage: 'customers.read',
  routes: 'days.read', people: 'positions.read', offices: 'people.read', warehouses: 'customers.read', tracks: 'tracks.read',
  stays: 'tracks.read',
}

/** The layers of files that the company has put beside its own. */
const useFiles = () =>
  useQuery({
    queryKey: ['map', 'layers'],
    queryFn: async () => {
      const all = rows(await get<{ items: components['schemas']['MapLayer'][] }>('/v1/map/layers'))
      return all.filter((l) => l.file).map((l) => ({ ...l, parts: l.parts ?? [] }))
    },
    staleTime: 300_000,
  })

/** Layers and count of the address. */
function useLayers() {
  const { params, set } = useUrl()
  const { may } = useSession()
  const text = params.get('layers') ?? ''
  const on = useMemo(
    () => layerNames.filter((n) => text.split(',').includes(n) && may(needs[n])), [text, may],
  )
  const by = params.get('count')
  const files = useMemo(() => (params.get('files') ?? '').split(',').filter(Boolean), [params])
  return {
    files,
    flipFile: (name: string, shown: boolean) =>
      set({ files: [...files.filter((n) => n !== name), ...(shown ? [name] : [])].join(',') }),
    on, set, who: Number(params.get('who')) || null,
    level: Number(params.get('level')) || 0,
    by: by === 'district' || by === 'territory' ? (by as 'district' | 'territory') : null,
    flip: (name: LayerName, shown: boolean) =>
      set({ layers: layerNames.filter((n) => (n === name ? shown : on.includes(n))).join(',') }),
  }
}

/** Whether the areas' counts are the subject of the map. */
export const useCounting = () => useLayers().by !== null

/** The button that opens the switch of layers and base maps, and of counts by area. */
export function LayerSwitch({ counting = true }: { counting?: boolean }) {
  const { t } = useSpeech()
  return (
    <Popover trigger="click" placement="leftTop" content={<Switch counting={counting} />}>
      <button type="button" className="map-tool" aria-label={t('layers.title')} title={t('layers.title')}>
        <Stack size={18} aria-hidden />
      </button>
    </Popover>
  )
}

function Switch({ counting }: { counting: boolean }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const people = usePeople()
  const { on, flip, by, who, set, files, flipFile } = useLayers()
  const { base, bases, choose } = useBase()
  const shifted = datumParameter(useStage()?.map) !== undefined
  const others = useFiles().data ?? []
  return (
    <div className="layer-switch">
      {bases.length > 0 && (
        <fieldset>
          <legend>{t('layers.base')}</legend>
          <Radio.Group value={base} onChange={(e) => choose(String(e.target.value))}
            options={[{ value: '', label: t('layers.own') },
              ...bases.map((b) => ({ value: b.provider, label: t(`layers.base.${b.provider}`) }))]} />
        </fieldset>
      )}
      <fieldset>
        <legend>{t('layers.over')}</legend>
        {layerNames.filter((n) => may(needs[n])).map((n) => (
          <Checkbox key={n} checked={on.includes(n)} onChange={(e) => flip(n, e.target.checked)}>
            {t(`layers.${n}`)}
          </Checkbox>
        ))}
        {on.some((n) => n === 'tracks' || n === 'stays') && (
          <Select value={who} placeholder={t('area.person')} aria-label={t('area.person')}
            showSearch optionFilterProp="label" onChange={(id: number) => set({ who: id })}
            options={(people.data ?? []).map((p) => ({ value: p.id, label: p.name }))} />
        )}
      </fieldset>
      {others.length > 0 && (
        <fieldset disabled={shifted}>
          <legend>{t('layers.files')}</legend>
          {others.map((f) => (
            <Checkbox key={f.name} checked={files.includes(f.name)} disabled={shifted} title={f.description}
              onChange={(e) => flipFile(f.name, e.target.checked)}>
              {f.description || f.name}
            </Checkbox>
          ))}
          {shifted && <p className="quiet">{t('layers.filesShifted')}</p>}
        </fieldset>
      )}
      {counting && (
        <fieldset>
          <legend>{t('layers.count')}</legend>
          <Radio.Group value={by ?? ''} onChange={(e) => set({ count: String(e.target.value), level: null })}
            options={[
              { value: '', label: t('layers.count.none') },
              { value: 'district', label: t('layers.count.district') },
              ...(may('territories.read') ? [{ value: 'territory', label: t('layers.count.territory') }] : []),
            ]} />
        </fieldset>
      )}
    </div>
  )
}

/** The layers that are switched on, drawn. */
export function ChosenLayers({ revision }: { revision?: number }) {
  const { language } = useSpeech()
  const people = usePeople()
  const { filter } = useFilter()
  const { on, who, files } = useLayers()
  const others = useFiles().data ?? []
  const list = useMemo(() => people.data ?? [], [people.data])
  const beside = others.filter((f) => files.includes(f.name))
  const shapes = on.map((name) => {
    const ofWay = name === 'tracks' || name === 'stays'
    if (ofWay && !who) return null
    const query = name === 'coverage' ? filter
      : name === 'regions' ? { lang: language, level: 6 }
        : ofWay ? { person: who } : {}
    // Reading somebody's way again stands in the audit trail again; no customer changes it.
    return <ShapeLayer key={name} name={name} query={query} people={list}
      revision={ofWay ? undefined : revision} />
  })
  return <>{beside.map((f) => <FileLayer key={f.name} file={f} />)}{shapes}</>
}

type Counts = components['schemas']['AreaCounts']

/** How many customers stand in every area: on the map, and as a table beside it. */
export function AreaCounts() {
  const { t, language } = useSpeech()
  const { filter, set: filterBy } = useFilter()
  const { by, level, set } = useLayers()
  const whole = useMemo(() => ({ ...filter, area: undefined }), [filter])
  const asked = useQuery({
    queryKey: ['count', 'areas', by, level, language, whole],
    queryFn: () => get<Counts>('/v1/customers/areas', { ...whole, by: by ?? 'district', admin_level: level, language }),
    enabled: by !== null,
  })
  if (by === null || !asked.data) return null
  const { areas, outside, unlocated, total, levels } = asked.data
  const rows = [...(areas ?? [])].sort((a, b) => b.count - a.count)
  const levelName = (l: number) =>
    l === 4 || l === 5 || l === 6 || l === 8 ? t(`layers.level.${l}`) : t('layers.levelOf', { n: l })
  const pick = (id: string) => filterBy({ area: filter.area === id ? null : id })
  return (
    <section className="area-counts" aria-label={t('layers.count')}>
      <CountLayer by={by} level={asked.data.level} counts={areas ?? []} onPick={pick} />
      {by === 'district' && (levels ?? []).length > 1 && (
        <Select size="small" value={asked.data.level} aria-label={t('layers.level')}
          onChange={(l: number) => set({ level: l })}
          options={(levels ?? []).map((l) => ({ value: l, label: levelName(l) }))} />
      )}
      <table>
        <thead><tr><th>{t('layers.area')}</th><th className="num">{t('layers.customers')}</th></tr></thead>
        <tbody>
          {rows.map((a) => (
            <tr key={a.id} aria-selected={filter.area === a.id}>
              <td><button type="button" onClick={() => pick(a.id)}>{a.name}</button></td>
              <td className="num">{figure(a.count)}</td>
            </tr>
          ))}
          <tr><td>{t('layers.outside')}</td><td className="num">{figure(outside)}</td></tr>
          <tr><td>{t('filter.missing')}</td><td className="num">{figure(unlocated)}</td></tr>
        </tbody>
        <tfoot><tr><td>{t('layers.total')}</td><td className="num">{figure(total)}</td></tr></tfoot>
      </table>
    </section>
  )
}

/** What the colours of the layers mean. */
export function LayerLegend() {
  const { t } = useSpeech()
  const { on } = useLayers()
  const dark = useTheme().theme === 'dark'
  if (!on.includes('coverage')) return null
  return (
    <ul className="legend-density" aria-label={t('layers.coverage')}>
      {densitySteps(dark).map((s) => (
        <li key={s.from} className="legend-mark"><i style={{ background: s.fill, borderRadius: 2 }} aria-hidden />{t('layers.from', { n: s.from })}</li>
      ))}
    </ul>
  )
}
