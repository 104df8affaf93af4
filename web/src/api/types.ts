import type { LineString } from 'geojson'
import type { LonLat } from '../geo/datum'
import type { components } from './schema'

/**
 * The shapes of the HTTP surface, generated from its description (npm run gen).
 * Points, which JSON Schema can only call lists of numbers, become pairs here.
 */

type Schemas = components['schemas']

/** Fields that hold a point wherever they appear. */
type PointField = 'position' | 'point' | 'home' | 'office' | 'center'

/** The same shape with its points as pairs. */
type Placed<T> = T extends (infer E)[]
  ? Placed<E>[]
  : T extends object
    ? {
        [K in keyof T]: K extends PointField
          ? Exclude<T[K], number[]> | LonLat
          : K extends 'bounds'
            ? [number, number, number, number]
            : Placed<T[K]>
      }
    : T

type Shape<N extends keyof Schemas> = Placed<Schemas[N]>

export interface Page<T> {
  items: T[]
  next: string | null
  total: number
}

/** The permissions that the screens ask about; the server has more. */
export type Permission =
  | 'people.write' | 'teams.write' | 'customers.read' | 'customers.write' | 'customers.delete' | 'customers.export'
  | 'customers.import' | 'days.read' | 'days.write' | 'days.publish' | 'visits.read' | 'visits.write' | 'positions.read'
  | 'tracks.read' | 'assignments.write' | 'territories.read' | 'territories.write' | 'roles.write'
  | 'warnings.read' | 'messages.send'
  | 'settings.write' | 'audit.read'
  | 'approvals.read' | 'people.read' | 'routes.read'
  | 'orders.read' | 'orders.write' | 'orders.review'
  | 'goods.read' | 'goods.write' | 'money.read' | 'money.collect' | 'money.write'

export type Me = Shape<'Me'>
export type Role = Me['role']
export type RoleRow = Shape<'Role'>
export type PinProposal = Shape<'Proposal'>
export type DemoLogin = Shape<'DemoLogin'>
export type Person = Shape<'Person'>
export type Team = Shape<'Team'>

export type Customer = Shape<'Customer'>
export type OpeningHours = Shape<'Hours'>
export type Facet = Shape<'Facet'>
export type Facets = Shape<'Facets'>
export type Report = Shape<'Shown'>
export type Contact = Shape<'Contact'>
export type Sharing = Shape<'Sharing'>
export type Colleague = Shape<'Colleague'>
export type KindNode = Shape<'KindNode'>
export type DueCustomer = Shape<'Due'>

export type LegTotals = Shape<'LegView'>
export type Violation = Shape<'ViolationView'>
export type Stop = Shape<'StopView'>
export type DayTotals = Shape<'TotalsView'>
export type Saving = Shape<'SavingView'>
export type DayEnd = Shape<'Place'>
export type DayRow = Shape<'DayRow'>
export type DayEdit = Shape<'DayEdit'>

/** A day, with its line as GeoJSON. */
export type Day = Omit<Shape<'Day'>, 'line'> & { line: LineString | null }

/** Today's order and the best one. */
export type Optimised = Omit<Shape<'VisitsProposal'>, 'current' | 'best'> & {
  current: Day
  best: Day
}

export type SlotQuestion = Shape<'Question'>
export type Slots = Schemas['Slots']

/** A person's remaining day with a call next, and in the best order. */
export type CallPreview = Omit<Shape<'Preview'>, 'current' | 'best'> & {
  current: Day
  best: Day
}
export type DispatchedCall = Shape<'DispatchRow'>
export type BoardCall = Shape<'CallView'>
export type CallOrder = Shape<'CallOrder'>
export type Skills = Shape<'SkillsView'>

export type Fix = Pick<Shape<'VisitsFixIn'>, 'position' | 'accuracy_m' | 'at' | 'sent_at'>
export type Visit = Shape<'Visit'>

export type NearPerson = Shape<'NearestPerson'>
export type LivePosition = Shape<'PositionOut'>
export type Track = Shape<'TrackOut'>
export type Duty = Shape<'DutyOut'>

export type SearchHit = Shape<'Hit'>
export type Job = Shape<'JobsJob'>
