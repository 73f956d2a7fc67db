package show

type ID string
