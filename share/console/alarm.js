// What calls for attention: sound, vibration, the page's title, the app's badge, and notifications of the desktop.
// Each is a switch of this device. An urgent ticket is repeated until somebody touches the page.

import { on } from './bus.js'
import { byID, mark } from './dom.js'
import { safely, setSetting, setting } from './kept.js'
import { go, view } from './route.js'
import { t } from './text.js'
import { hrefOf, keyOf } from './tickets.js'

export const switches = ['sound', 'vibration', 'desktop']
export const isOn = (name) => setting('alarm ' + name) === true

/** Whether this browser can do it here: notifications need a secure context. */
export const possible = {
  sound: 'AudioContext' in window,
  vibration: 'vibrate' in navigator && matchMedia('(pointer: coarse)').matches,
  desktop: 'Notification' in window && isSecureContext,
}

/** Turns a switch; returns whether it is on. */
export async function turn(name, isOn) {
  const isAllowed = name !== 'desktop' || !isOn || await Notification.requestPermission() === 'granted'
  setSetting('alarm ' + name, isOn && isAllowed)
  if (isOn) ring(false, name)
  return isOn && isAllowed
}

let audio

/** Two notes, or five for what is urgent. Browsers allow sound once the page was touched. */
function beep(isUrgent) {
  audio ??= new AudioContext()
  audio.resume();
  (isUrgent ? [880, 660, 880, 660, 880] : [660, 880]).forEach((pitch, index) => {
    const start = audio.currentTime + index * 0.22
    const [tone, volume] = [audio.createOscillator(), audio.createGain()]
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.4, start)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.2)
    tone.connect(volume).connect(audio.destination)
    tone.start(start)
    tone.stop(start + 0.21)
  })
}

function ring(isUrgent, only) {
  if (isOn('sound') && only !== 'vibration') safely(() => beep(isUrgent))
  if (isOn('vibration') && only !== 'sound') safely(() => navigator.vibrate(isUrgent ? [300, 150, 300, 150, 600] : 200))
}

let repeating
let rungAt = 0

/** Draws attention to a notification that has just happened. A burst rings once. */
export function alarm({ id, priority, data }, text) {
  const isUrgent = priority === 'urgent'
  if (Date.now() - rungAt > 1500) ring(isUrgent)
  rungAt = Date.now()
  if (isUrgent) repeating ??= setInterval(ring, 20000, true)
  if (!isOn('desktop') || document.hasFocus()) return
  safely(() => {
    const shown = new Notification(text, { body: data.description?.slice(0, 200), tag: id,
      requireInteraction: isUrgent })
    shown.onclick = () => {
      focus()
      go(hrefOf(keyOf(data)))
      shown.close()
    }
  })
}

function hush() {
  clearInterval(repeating)
  repeating = null
}
for (const event of ['pointerdown', 'keydown']) addEventListener(event, hush, true)

let unread = 0

/** The title, the badge of the app and that of the navigation say how many alerts are unread. */
function showUnread(count) {
  unread = count
  const title = [view?.heading.textContent, t('title')].filter(Boolean).join(' · ')
  document.title = (count ? `(${count}) ` : '') + title
  safely(() => (count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => {}))
  const badge = byID('unread')
  if (!badge) return
  badge.hidden = !count
  badge.textContent = count > 99 ? '99+' : count
  mark(badge.parentElement, 'aria-label', count && t('alertsUnread', { count }))
}
on('unread', showUnread)
for (const event of ['navigated', 'language']) on(event, () => showUnread(unread))
on('signedOut', () => {
  hush()
  showUnread(0)
})
