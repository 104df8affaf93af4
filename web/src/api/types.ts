import type { LineString } from 'geojson'
import type { LonLat } from '../geo/datum'

/** The shapes of the HTTP surface that the screens read. */

export type Role = 'admin' | 'manager' | 'dispatcher' | 'salesperson'

/** The permissions that the screens ask about; the server has more. */
export type Permission =
  | 'people.write' | 'teams.write' | 'customers.write' | 'customers.delete' | 'customers.export'
  | 'customers.import' | 'days.write' | 'days.publish' | 'visits.write' | 'positions.read'
  | 'tracks.read' | 'assignments.write'

export interface Page<T> {
  items: T[]
  next: string | null
  total: number
}

export interface Me {
  id: number
  name: string
  login: string
  role: Role
  team: { id: number; name: string } | null
  language: 'zh' | 'en' | ''
  theme?: 'light' | 'dark' | 'system' | ''
  timezone: string
  now: string
  business_day: string
  permissions: string[]
  demo: boolean
  company: { name: string; center: LonLat; bounds: [number, number, number, number] }
}

export interface DemoLogin {
  login: string
  name: string
  role: Role
}

export interface Person {
  id: number
  name: string
  login: string
  role: Role
  team_id: number | null
  team_name: string
  phone: string
  active: boolean
  home: LonLat | null
  office: LonLat | null
  shift: { start: string; end: string }
  color_index: number
  on_duty: boolean
}

export interface Team {
  id: number
  name: string
  members?: number
  version?: number
}

export interface OpeningHours {
  days: number[]
  open: string
  close: string
}

export interface Customer {
  id: number
  number: string
  name: string
  kind: string
  level: 'A' | 'B' | 'C'
  status: string
  owner_id: number | null
  owner_name: string
  team_id: number | null
  position: LonLat | null
  address: string
  phone: string
  opening_hours: OpeningHours[]
  visit_every_days: number
  service_minutes: number
  last_visit_at: string | null
  last_visit_day: string | null
  last_order_at: string | null
  open_receivable_cents: number
  due_on: string | null
  overdue_days: number
  tags: string[]
  demo_fields: string[]
  version: number
}

export interface Facet {
  value: string | number
  count: number
}

export interface Facets {
  kind: Facet[]
  level: Facet[]
  status: Facet[]
  owner: Facet[]
}

export interface DueCustomer {
  customer_id: number
  name: string
  position: LonLat | null
  level?: string
  overdue_days: number
  last_visit_day: string | null
  due_on: string
  planned: boolean
}

export interface LegTotals {
  duration_s: number
  distance_m: number
}

export interface Violation {
  code: string
  by_s: number
  customer_id?: number
}

export interface Stop {
  /** 0: not saved yet. */
  stop_id: number
  visit_id: number | null
  /** null: a bare point. */
  customer_id: number | null
  name: string
  position: LonLat | null
  address: string
  phone?: string
  service_minutes: number
  windows: { open: string; close: string }[]
  locked: boolean
  optional: boolean
  arrive: string | null
  begin: string | null
  depart: string | null
  wait_s: number
  leg: LegTotals | null
  violations: Violation[]
  state: 'planned' | 'checked_in' | 'done' | 'skipped'
  source?: 'plan' | 'due' | 'assignment' | 'visit'
  note?: string
}

export interface DayTotals {
  drive_s: number
  service_s: number
  wait_s: number
  distance_m: number
  start: string | null
  end: string | null
}

export interface Saving {
  distance_m: number
  duration_s: number
  percent: number
}

export interface DayEnd {
  kind: 'home' | 'office' | 'custom'
  point: LonLat | null
}

export interface Day {
  person_id: number
  date: string
  status: 'none' | 'draft' | 'published'
  version: number
  published_version: number
  /** false: no road network covers the day. */
  timed: boolean
  start: DayEnd
  end: DayEnd
  shift: { start: string; end: string }
  stops: Stop[]
  return: LegTotals | null
  totals: DayTotals
  feasible: boolean
  violations: Violation[]
  line: LineString | null
  best?: (DayTotals & { order: number[]; feasible?: boolean }) | null
  saving?: Saving | null
}

export interface DayRow {
  person_id: number
  name?: string
  date: string
  status: 'none' | 'draft' | 'published'
  stops: number
  done?: number
  drive_s: number | null
  distance_m: number | null
  feasible?: boolean | null
}

export interface Optimised {
  current: Day
  best: Day
  saving: Saving
  unserved: { customer_id: number | null; reasons: string[] }[]
}

export interface DayEdit {
  stops: { customer_id?: number; stop_id?: number; locked: boolean; optional: boolean }[]
  start?: DayEnd
  end?: DayEnd
}

export interface Fix {
  position: LonLat
  accuracy_m: number
  at: string
}

export interface Visit {
  id: number
  person_id: number
  person_name?: string
  customer_id: number
  customer_name?: string
  check_in_at: string | null
  check_out_at: string | null
  distance_m?: number | null
  notes?: string
}

export interface NearPerson {
  rank: number | null
  reason?: 'stale' | 'unreachable' | 'off_road' | null
  person_id: number
  name: string
  team_name: string
  phone: string
  color_index?: number
  position: LonLat
  fix_at?: string
  fix_age_s: number
  accuracy_m: number | null
  fresh: boolean
  duration_s: number | null
  drive_s?: number | null
  distance_m: number | null
  task: string | null
  at_customer?: boolean
  stops_left?: number
}

export interface LivePosition {
  person_id: number
  name: string
  team_name?: string
  color_index?: number
  position: LonLat
  at: string
  age_s?: number
  accuracy_m: number | null
  speed_kmh?: number | null
  course_deg?: number | null
  fresh: boolean
  on_duty: boolean
}

/** A person's day as the device saw it. */
export interface Track {
  person_id: number
  date: string
  distance_m: number
  fixes: { at: string; position: LonLat; accuracy_m: number | null; speed_kmh: number | null }[]
}

export interface SearchHit {
  type: 'customer' | 'person' | 'place'
  id: number
  title: string
  subtitle: string
  position: LonLat | null
}

export interface Job {
  id: string
  kind: string
  title: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  done: number
  total: number
  message?: string
  result?: unknown
  error?: string
}
