//! The embedded catalog of every AWS API: names, shapes, protocols, paginators, waiters, endpoint rules.
