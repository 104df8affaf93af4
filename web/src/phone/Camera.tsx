import { useEffect, useRef, useState } from 'react'
import { Camera as CameraIcon } from 'lucide-react'
import { useSpeech } from '../i18n/language'
import { Sheet } from './bits'

const longestSide = 1600

/** The app's own camera: what it takes was seen here and now. */
export default function Camera({ busy, onShot, onClose }: {
  busy: boolean
  onShot: (file: Blob) => void
  onClose: () => void
}) {
  const { t } = useSpeech()
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<'opening' | 'ready' | 'none'>('opening')
  useEffect(() => {
    let stream: MediaStream | null = null
    let left = false
    const open = async () => {
      const wish = { facingMode: 'environment', width: { ideal: longestSide } }
      stream = await navigator.mediaDevices.getUserMedia({ video: wish })
      if (left || !video.current) return stream.getTracks().forEach((s) => s.stop())
      video.current.srcObject = stream
      await video.current.play()
      setState('ready')
    }
    open().catch(() => !left && setState('none'))
    return () => {
      left = true
      stream?.getTracks().forEach((s) => s.stop())
    }
  }, [])
  const shoot = () => {
    const v = video.current
    if (!v?.videoWidth) return
    const scale = Math.min(1, longestSide / Math.max(v.videoWidth, v.videoHeight))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(v.videoWidth * scale)
    canvas.height = Math.round(v.videoHeight * scale)
    canvas.getContext('2d')?.drawImage(v, 0, 0, canvas.width, canvas.height)
    canvas.toBlob((file) => file && onShot(file), 'image/jpeg', 0.8)
  }
  return (
    <Sheet title={t('field.photo')} onClose={onClose}>
      {state === 'none' ? <p role="alert">{t('field.noCamera')}</p> : (
        <>
          <video ref={video} className="finder" playsInline muted />
          <button type="button" className="button primary huge" disabled={busy || state !== 'ready'} onClick={shoot}>
            <CameraIcon size={22} aria-hidden /> {t('field.shoot')}
          </button>
        </>
      )}
    </Sheet>
  )
}
