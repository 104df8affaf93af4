import { Component, useCallback, useEffect, useState, type ComponentType, type ReactNode } from 'react'
import { CloudOff, TriangleAlert } from 'lucide-react'
import { useSpeech } from '../i18n/language'
import { Blank, Loading, Sheet } from './bits'

/**
 * Screens and sheets that are files of their own. They are laid in while there is a
 * network; one that is missing says so, and opens by itself when the network is back.
 */

type Load<P> = () => Promise<{ default: ComponentType<P> }>

/** A part that is fetched at its first use; again is another try. */
function usePart<P>(part: Part<P>) {
  const [found, show] = useState(() => part.found)
  const [missing, setMissing] = useState(false)
  const again = useCallback(() => {
    setMissing(false)
    part.load().then((m) => {
      part.found = m.default
      show(() => m.default)
    }, () => setMissing(true))
  }, [part])
  useEffect(() => {
    if (!part.found) again()
  }, [part, again])
  return { found, missing, again }
}

const reload = () => location.reload()

interface Part<P> {
  load: Load<P>
  found?: ComponentType<P>
}

/** A whole screen. Trying again opens the page anew: after a new version the old file is gone. */
export function screen(load: Load<object>): ComponentType {
  const part: Part<object> = { load }
  return function Screen() {
    const { found: Found, missing } = usePart(part)
    if (Found) return <Found />
    return missing ? <NotHere again={reload} /> : <Loading full />
  }
}

/** A sheet over a screen, which stays as it is when the sheet is not there. */
export function sheet<P extends { onClose: () => void }>(load: Load<P>): ComponentType<P> {
  const part: Part<P> = { load }
  return function LaterSheet(props: P) {
    const { t } = useSpeech()
    const { found: Found, missing, again } = usePart(part)
    if (Found) return <Found {...props} />
    return missing && <Sheet title={t('phone.notHere')} onClose={props.onClose}><NotHere again={again} /></Sheet>
  }
}

function NotHere({ again }: { again: () => void }) {
  const { t } = useSpeech()
  useEffect(() => {
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [again])
  return (
    <div role="alert">
      <Blank icon={<CloudOff size={32} />} title={t('phone.notHere')}>
        <p>{t('phone.notHereHint')}</p>
        <button type="button" className="button" onClick={again}>{t('do.retry')}</button>
      </Blank>
    </div>
  )
}

/** Keeps the tabs usable when a screen breaks. Give it the screen's address as its key. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  state = { broken: false }
  static getDerivedStateFromError() {
    return { broken: true }
  }
  render() {
    return this.state.broken ? <Broken /> : this.props.children
  }
}

function Broken() {
  const { t } = useSpeech()
  return (
    <div role="alert">
      <Blank icon={<TriangleAlert size={32} />} title={t('phone.broken')}>
        <p>{t('phone.brokenHint')}</p>
        <button type="button" className="button" onClick={reload}>{t('do.retry')}</button>
      </Blank>
    </div>
  )
}
