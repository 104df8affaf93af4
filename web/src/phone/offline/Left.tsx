import { useSpeech } from '../../i18n/language'
import { discardAll, useOutbox } from './outbox'

/**
 * On the sign-in page: what people did on this phone and could not send before their
 * session ended. It stays theirs, unseen, until they sign in again or it is deleted.
 */
export function LeftBehind() {
  const { t } = useSpeech()
  const all = useOutbox().filter((a) => !a.sent)
  const people = [...new Set(all.map((a) => a.person))]
  return people.map((person) => {
    const waiting = all.filter((a) => a.person === person)
    const n = waiting.length
    return (
      <div key={person} className="gate-left" role="status">
        <p>{t('field.door.kept', { n, name: waiting.find((a) => a.owner)?.owner ?? '' })}</p>
        <button type="button" className="button" onClick={() => {
          if (confirm(t('field.door.dropSure', { n }))) void discardAll(person)
        }}>{t('field.door.drop')}</button>
      </div>
    )
  })
}
