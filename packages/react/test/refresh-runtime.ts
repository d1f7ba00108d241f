import * as refresh from 'react-refresh/runtime'

// What a development server does: it hooks itself into React before React DOM is loaded, so this module has to be imported first.
refresh.injectIntoGlobalHook(window)

export { refresh }
