import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../theme/tokens.css'
import './phone.css'
import { startTheme } from '../theme/theme'
import { SpeechProvider } from '../i18n/language'
import { PhoneApp } from './PhoneApp'

startTheme()
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker.register('/sw.js', { scope: '/m' }).catch(() => undefined)
}
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
