/** A drawn town with the day's round through it: the picture on the door. */
export function Beat() {
  const stops = [
    [118, 560], [246, 470], [214, 330], [372, 288], [470, 392], [602, 352], [566, 200], [700, 128],
  ] as const
  const way =
    'M118 560 C118 500 180 470 246 470 S214 400 214 330 S300 288 372 288 S410 392 470 392 ' +
    'S602 420 602 352 S566 270 566 200 S630 128 700 128'
  return (
    <svg viewBox="0 0 800 700" preserveAspectRatio="xMidYMid slice" className="beat">
      <rect width="800" height="700" fill="#0c5f58" />
      <path d="M-20 120 C160 180 150 20 330 60 S520 -30 820 20 V-40 H-20Z" fill="#0a544e" />
      <path d="M560 720 C600 600 720 640 830 540 V720Z" fill="#0a4f5c" />
      <g stroke="#17796f" strokeWidth="10" fill="none" strokeLinecap="round">
        <path d="M-20 620 C140 600 220 520 340 560 S620 600 820 470" />
        <path d="M60 -20 C100 140 20 280 90 420 S60 620 120 720" />
        <path d="M330 -20 C300 120 420 190 372 288 S300 480 380 720" />
        <path d="M640 -20 C600 130 690 250 640 400 S700 600 660 720" />
        <path d="M-20 200 C160 160 260 250 420 200 S690 250 820 190" />
        <path d="M-20 380 C180 420 320 360 470 392 S700 330 820 360" />
      </g>
      <g stroke="#126a62" strokeWidth="4" fill="none">
        <path d="M150 -20 V720 M240 -20 C230 200 260 500 240 720 M470 -20 V720 M560 -20 C540 260 590 460 540 720 M740 -20 V720" />
        <path d="M-20 90 H820 M-20 290 H820 M-20 480 C200 500 600 440 820 560 M-20 660 H820" />
      </g>
      <path d={way} fill="none" stroke="#073f3b" strokeWidth="15" strokeLinecap="round" />
      <path d={way} fill="none" stroke="#fff" strokeWidth="7" strokeLinecap="round" className="beat-way" />
      {stops.map(([x, y], i) => (
        <g key={i}>
          <circle cx={x} cy={y} r="21" fill={i === 7 ? '#E69F00' : '#fff'} stroke="#073f3b" strokeWidth="4" />
          <text x={x} y={y + 7} textAnchor="middle" fontSize="19" fontWeight="700"
            fill={i === 7 ? '#14181C' : '#0b5a54'} fontFamily="system-ui, sans-serif">
            {i + 1}
          </text>
        </g>
      ))}
    </svg>
  )
}
