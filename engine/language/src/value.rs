//! Values that are more than text: numbers, instants, addresses, bytes (rules S35 to S39, R4).
