import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../theme/tokens.css'
import './phone.css'
import { startTheme } from '../theme/theme'
import { SpeechProvider } from '../i18n/language'
import { openOutbox } from './offline/outbox'
import { startWorker } from './offline/worker'
import { PhoneApp } from './PhoneApp'

startTheme()
openOutbox()
startWorker()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SpeechProvider>
        <PhoneApp />
      </SpeechProvider>
    </StrictMode>,
  )
}
