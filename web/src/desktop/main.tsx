import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../theme/tokens.css'
import './desktop.css'
import { startTheme } from '../theme/theme'
import { SpeechProvider } from '../i18n/language'
import { loadMapLibrary } from '../map/library'
import { App } from './App'

startTheme()
loadMapLibrary().catch(() => undefined) // beside who is signed in; the map asks again
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SpeechProvider>
        <App />
      </SpeechProvider>
    </StrictMode>,
  )
}
