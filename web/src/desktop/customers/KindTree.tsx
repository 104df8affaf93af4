import { useMemo } from 'react'
import { Tree } from 'antd'
import { useKinds } from '../../api/queries'
import type { KindNode } from '../../api/types'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useFilter } from './filter'
import { kindWord } from './words'

interface Node {
  key: string
  title: string
  children: Node[]
}

/** The kinds of customers as a tree with counts; a click lists a kind and those below it. */
export function KindTree({ pool = false }: { pool?: boolean }) {
  const { t, lookup } = useSpeech()
  const { filter, list, set } = useFilter()
  const rest = useMemo(() => ({ ...filter, kind: undefined }), [filter])
  const kinds = useKinds(rest, pool)
  const tree = useMemo(
    () => grow(kinds.data ?? [], (k) => `${kindWord(k.path, lookup)} (${count(k.total)})`),
    [kinds.data, lookup],
  )
  return (
    <div className="field kind-tree">
      <span>{t('archive.kinds')}</span>
      <Tree treeData={tree} selectedKeys={list('kind')} multiple height={220} aria-label={t('archive.kinds')}
        defaultExpandedKeys={list('kind')} onSelect={(keys) => set({ kind: keys.join(',') })} />
    </div>
  )
}

/** Nests the paths; the server lists every node before those below it. */
function grow(nodes: KindNode[], title: (k: KindNode) => string): Node[] {
  const roots: Node[] = []
  const at = new Map<string, Node>()
  for (const k of nodes) {
    const node = { key: k.path, title: title(k), children: [] }
    at.set(k.path, node)
    const up = at.get(k.path.slice(0, Math.max(0, k.path.lastIndexOf('/'))))
    ;(up?.children ?? roots).push(node)
  }
  return roots
}
