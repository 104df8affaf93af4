import '../map/map.css'
import { initials, personPaint } from '../theme/palette'

/** A person's mark: the same colour, ring and letters as on the map. */
export function Avatar({ name, index, size = 28 }: {
  name: string
  index: number | null | undefined
  size?: number
}) {
  const paint = personPaint(index)
  return (
    <span
      className="avatar"
      aria-hidden
      data-initials={initials(name)}
      style={{
        width: size, height: size, background: paint.fill, color: paint.text,
        fontSize: size * 0.38,
        boxShadow: paint.ring === '#FFFFFF' ? undefined : `inset 0 0 0 2px ${paint.ring}`,
      }}
    />
  )
}
