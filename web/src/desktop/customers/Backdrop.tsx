import { usePeople } from '../../api/queries'
import { CustomerLayer } from '../../map/customers'

const everything = {}

/** The customers, quietly, behind pages that have nothing of their own on the map. */
export function Backdrop() {
  const people = usePeople()
  return <CustomerLayer filter={everything} by="owner" people={people.data ?? []} selected={null} faded />
}
