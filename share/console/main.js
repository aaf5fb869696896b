// The console: the desk for people, over the same REST interface and WebSocket that every other client uses.

import { AccountView } from './account.js'
import { AlertsView } from './alerts.js'
import { AnswersView } from './answers.js'
import { on, tell } from './bus.js'
import { byID, quiet } from './dom.js'
import { forgetDrafts, recallDrafts } from './drafts.js'
import { FleetView, MemberView } from './fleet.js'
import { away, countUnread, recount } from './inbox.js'
import { read, write } from './kept.js'
import './keys.js'
import { followAddress, forgetList, makeList } from './list.js'
import { connect } from './live.js'
import { NewTicketView } from './newticket.js'
import { forgetQueue, recallQueue } from './outbox.js'
import { forgetNames, loadNames } from './people.js'
import { StationView, StationsView } from './places.js'
import { forgetRoutes, navigate, startRoutes } from './route.js'
import { isAdmin, isDriver, learnMe, myID, renew, resume, session } from './session.js'
import { checkReady, makeShell, renewNavigation } from './shell.js'
import { signedOut } from './signin.js'
import { StatisticsView } from './statistics.js'
import { SettingsView, StatusView } from './status.js'
import { chooseLanguage, language, t } from './text.js'
import { TicketView } from './ticket.js'
import { forgetTickets, recall } from './tickets.js'
import { UserView, UsersView } from './users.js'
import { WaitingView } from './waiting.js'

/** The views by the first part of their address; `id` is the second. */
const views = {
  new: () => new NewTicketView(),
  alerts: () => new AlertsView(),
  notifications: () => new AlertsView(),
  account: () => new AccountView(),
  password: () => new AccountView(),
  waiting: () => new WaitingView(),
  answers: () => (isDriver() ? null : new AnswersView()),
  statistics: () => (isDriver() ? null : new StatisticsView()),
  users: (id) => isAdmin() && (/^(\d+|new)$/.test(id ?? '') ? new UserView(id) : new UsersView()),
  stations: (id) => isAdmin() && (/^(\d+|new)$/.test(id ?? '') ? new StationView(id) : new StationsView()),
  status: () => isAdmin() && new StatusView(),
  settings: () => isAdmin() && new SettingsView(),
  fleet: (id) => isAdmin() && (/^\d+$/.test(id ?? '') ? new MemberView(id) : new FleetView()),
}

function makeView({ parts: [place, ...ids] }) {
  const key = ids.slice(0, 2).join('/')
  const view = place === 'ticket' && /^\d{1,10}(\/\d{1,10})?$/.test(key) ? new TicketView(key) : views[place]?.(ids[0])
  byID('detail').replaceChildren(view ? view.element : quiet(t('chooseTicket')))
  return view || null
}
on('navigated', () => byID('desk') && followAddress())

let owner = null

function enter() {
  const { user } = session
  chooseLanguage(user.language)
  // What somebody else left in this browser is not for this user.
  if ((owner ?? read('owner')) !== myID()) {
    forgetDrafts()
    forgetQueue()
    forgetTickets()
  }
  owner = myID()
  write('owner', owner)
  recall()
  recallDrafts()
  makeShell()
  makeList()
  away.forget()
  connect()
  loadNames()
  checkReady()
  startRoutes(makeView)
  recallQueue()
  countUnread()
}

on('language', () => {
  makeShell()
  makeList()
  away.show()
  recount()
  navigate()
  loadNames()
})

on('names', () => {
  if (byID('desk')) renewNavigation()
  recount()
})

on('signedOut', ({ reason }) => {
  away.forget()
  forgetRoutes()
  forgetList()
  forgetNames()
  // A session that ended by itself leaves drafts and queue for its user, and the address for signing in again.
  if (reason === undefined) {
    forgetDrafts()
    forgetQueue()
    forgetTickets()
    owner = null
    history.replaceState(null, '', '/')
  }
  signedOut(reason, enter)
})

/** Where the context is secure, the page can be installed, and opens without a line. */
function install() {
  navigator.serviceWorker?.register('/worker.js').then(async () => {
    const { active } = await navigator.serviceWorker.ready
    const files = performance.getEntriesByType('resource').map((each) => new URL(each.name))
      .filter((url) => url.origin === location.origin && /\.(js|css|svg|json)$/.test(url.pathname))
    active.postMessage(['/', ...new Set(files.map((url) => url.pathname))])
  }).catch(() => {})
}

resume()
chooseLanguage(session?.user.language)
if (session) {
  enter()
  renew()
  learnMe().then(() => {
    const { language: theirs } = session?.user ?? {}
    if (theirs && theirs !== language) {
      chooseLanguage(theirs)
      tell('language')
    }
  }, () => {})
} else signedOut('', enter)
install()
