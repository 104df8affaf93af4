import { createContext, useContext } from 'react'

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
