// The component comes here.
