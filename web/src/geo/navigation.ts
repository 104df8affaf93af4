import { convert, inChina, type Datum, type LonLat } from './datum'

/** A map application that a phone can hand a destination to. */
export interface NavigationApp {
  id: 'amap' | 'baidu' | 'google' | 'apple' | 'geo'
  /** The datum that the application expects at this place. */
  datum: Datum
  /** The address that opens it with driving directions. */
  href: string
}

const digits = (p: LonLat) => [p[0].toFixed(6), p[1].toFixed(6)] as const

/**
 * Links that start navigation to a WGS-84 point, each with the coordinate in the
 * datum its application draws: AMap GCJ-02, Baidu BD-09; Google and Apple draw
 * GCJ-02 roads within China and WGS-84 elsewhere; geo: is WGS-84 (RFC 5870).
 */
export function navigationApps(point: LonLat, name: string): NavigationApp[] {
  const local: Datum = inChina(point) ? 'gcj02' : 'wgs84'
  const label = encodeURIComponent(name)
  const at = (d: Datum) => digits(convert(point, 'wgs84', d))
  const [amapLon, amapLat] = at('gcj02')
  const [baiduLon, baiduLat] = at('bd09')
  const [lon, lat] = at(local)
  const [wgsLon, wgsLat] = at('wgs84')
  return [
    {
      id: 'amap',
      datum: 'gcj02',
      href:
        `https://uri.amap.com/navigation?to=${amapLon},${amapLat},${label}` +
        '&mode=car&coordinate=gaode&callnative=1',
    },
    {
      id: 'baidu',
      datum: 'bd09',
      href:
        `baidumap://map/direction?destination=latlng:${baiduLat},${baiduLon}%7Cname:${label}` +
        '&coord_type=bd09ll&mode=driving&src=beatplan',
    },
    {
      id: 'google',
      datum: local,
      href: `https://www.google.com/maps/dir/?api=1&destination=${lat},${lon}&travelmode=driving`,
    },
    {
      id: 'apple',
      datum: local,
      href: `https://maps.apple.com/?daddr=${lat},${lon}&dirflg=d&q=${label}`,
    },
    { id: 'geo', datum: 'wgs84', href: `geo:${wgsLat},${wgsLon}?q=${wgsLat},${wgsLon}(${label})` },
  ]
}
