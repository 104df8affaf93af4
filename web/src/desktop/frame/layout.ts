import { createContext, useContext, useSyncExternalStore } from 'react'

/** The side panel's measures, which the map pads itself by. */
export interface Layout {
  width: number
  setWidth: (width: number) => void
  collapsed: boolean
  setCollapsed: (collapsed: boolean) => void
  /** The panel takes this width for now, whatever one chose; null: what one chose. */
  setSpan: (px: number | null) => void
  /** Width taken at the right by a card, in pixels. */
  setRight: (px: number) => void
}

export const LayoutContext = createContext<Layout | null>(null)

export const panelLimits = { min: 340, max: 620, usual: 400 }

/** The frame's measures; only below Frame. */
export function useLayout(): Layout {
  const layout = useContext(LayoutContext)
  if (!layout) throw new Error('useLayout outside Frame')
  return layout
}

const narrow = '(max-width: 700px)'

function subscribe(tell: () => void) {
  const asked = matchMedia(narrow)
  asked.addEventListener('change', tell)
  return () => asked.removeEventListener('change', tell)
}

/** Whether the page is as narrow as a phone; narrow.css lays it out so. */
export const useNarrow = () => useSyncExternalStore(subscribe, () => matchMedia(narrow).matches)

/** Of a narrow page the panel takes this part of the height. */
const sheetPart = 0.44

/** What the panel and a card take off the map at each side, in pixels. */
export function taken(box: { narrow: boolean; collapsed: boolean; width: number; right: number }) {
  const sheet = Math.round(innerHeight * sheetPart)
  if (box.narrow) return { left: 0, right: 0, top: 56, bottom: box.collapsed ? 0 : sheet, sheet }
  return { left: box.collapsed ? 0 : box.width, right: box.right, top: 56, bottom: 0, sheet }
}
