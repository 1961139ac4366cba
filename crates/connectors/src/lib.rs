//! Performs one call at a time: the generic AWS client and the optimized integrations.
