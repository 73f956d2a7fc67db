package payments

import (
	"os"
	"syscall"
)

// openAlone opens a file, or makes it, and fails while another has it open this
// way. Others may read it meanwhile.
func openAlone(path string) (*os.File, error) {
	const sharingViolation = syscall.Errno(32)

	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ,
		nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err == sharingViolation {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}
