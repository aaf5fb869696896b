// What calls for attention: sound, vibration, the page's title, the app's badge, and notifications of the desktop.
// Each is a switch of this device. An urgent ticket is repeated until somebody touches the page.

import { on } from './bus.js'
import { byID } from './dom.js'
import { safely, setSetting, setting } from './kept.js'
import { session } from './session.js'
import { t } from './text.js'

export const switches = ['sound', 'vibration', 'desktop']
export const isOn = (name) => setting('alarm ' + name) === true

/** Whether this browser can do it here: notifications need a secure context. */
export const isPossible = (name) => ({
  sound: 'AudioContext' in window,
  vibration: 'vibrate' in navigator && matchMedia('(pointer: coarse)').matches,
  desktop: 'Notification' in window && isSecureContext,
}[name])

/** Turns a switch; returns why it could not, or nothing. */
export async function turn(name, isOn) {
  if (name === 'desktop' && isOn && await Notification.requestPermission() !== 'granted') {
    setSetting('alarm desktop', false)
    return t('notificationsForbidden')
  }
  setSetting('alarm ' + name, isOn)
  if (isOn) ring('high', name)
}

let audio = null

/** Two notes, or five for what is urgent. Browsers allow sound once the page was touched. */
function beep(isUrgent) {
  audio ??= new AudioContext()
  audio.resume()
  const notes = isUrgent ? [880, 660, 880, 660, 880] : [660, 880]
  notes.forEach((frequency, index) => {
    const start = audio.currentTime + index * 0.22
    const [tone, volume] = [audio.createOscillator(), audio.createGain()]
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0.0001, start)
    volume.gain.exponentialRampToValueAtTime(0.4, start + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.2)
    tone.connect(volume).connect(audio.destination)
    tone.start(start)
    tone.stop(start + 0.21)
  })
}

function ring(priority, only) {
  const isUrgent = priority === 'urgent'
  if (isOn('sound') && (only ?? 'sound') === 'sound') safely(() => beep(isUrgent))
  if (isOn('vibration') && (only ?? 'vibration') === 'vibration') {
    safely(() => navigator.vibrate(isUrgent ? [300, 150, 300, 150, 600] : [200]))
  }
}

let repeating = null
let rung = 0

/** Draws attention to a notification that has just happened. */
export function alarm({ id, priority, data }, text) {
  // A burst rings once.
  if (Date.now() - rung > 1500) ring(priority)
  rung = Date.now()
  if (priority === 'urgent' && isOn('sound')) repeating ??= setInterval(() => ring('urgent'), 20000)
  if (!isOn('desktop') || !isPossible('desktop') || Notification.permission !== 'granted') return
  if (document.visibilityState === 'visible' && document.hasFocus()) return
  const href = '#/ticket/' + (data.fleet_station_id ? data.fleet_station_id + '/' : '') + data.support_id
  safely(() => {
    const shown = new Notification(text, {
      body: (data.description ?? '').slice(0, 200), tag: id, requireInteraction: priority === 'urgent',
    })
    shown.onclick = () => {
      focus()
      location.hash = href
      shown.close()
    }
  })
}

/** Ends the repetition: somebody is here. */
export function hush() {
  clearInterval(repeating)
  repeating = null
}
for (const event of ['pointerdown', 'keydown']) addEventListener(event, hush, true)
on('signedOut', hush)

/** The title and the app's badge say how many alerts are unread. */
export function showCount(count) {
  document.title = (count ? `(${count}) ` : '') + t('title')
  const badge = byID('unread')
  if (!session || !badge) return
  badge.hidden = !count
  badge.textContent = count > 99 ? '99+' : count
  if (count) badge.parentElement.setAttribute('aria-label', t('alertsUnread', { count }))
  else badge.parentElement.removeAttribute('aria-label')
  safely(() => (count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => {}))
}
on('signedOut', () => safely(() => navigator.clearAppBadge?.().catch(() => {})))
